import Foundation

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// The elements of a drawing or a page, read by a strict XML parser.
final class Markup: NSObject, XMLParserDelegate {
  /// An element with all its text.
  struct Element {
    let name: String
    let attributes: [String: String]
    var text = ""

    var classes: [String] { self["class"].split(separator: " ").map(String.init) }
    subscript(attribute: String) -> String { attributes[attribute] ?? "" }
  }

  /// The elements in document order.
  private(set) var elements: [Element] = []
  private var open: [Int] = []

  /// Reads a document.
  ///
  /// - Throws: The parser's error.
  init(xml: String) throws {
    super.init()
    let parser = XMLParser(data: Data(xml.utf8))
    parser.delegate = self
    guard parser.parse() else { throw parser.parserError ?? CocoaError(.fileReadCorruptFile) }
  }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String]
  ) {
    open.append(elements.count)
    elements.append(Element(name: name, attributes: attributes))
  }

  func parser(_ parser: XMLParser, foundCharacters text: String) {
    for index in open { elements[index].text += text }
  }

  func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
    open.removeLast()
  }
}

extension String {
  /// External addresses, other than the names of formats, and constructs by which style sheets and scripts load files.
  var externals: [String] {
    let known = ["http://www.w3.org/2000/svg"]
    let rest = known.reduce(self) { $0.replacingOccurrences(of: $1, with: "") }
    return ["http:", "https:", "src=", "@import", "url(", "fetch(", "XMLHttpRequest", "file:"].filter(rest.contains)
  }
}
