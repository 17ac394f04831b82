/// Hints for fields that look like numbers to people, but do not parse.
enum NumberHint {
  /// Returns what is wrong, and what to write; nil if the field does not look like a number.
  static func sentence(for field: String) -> String? {
    guard field.utf8.count <= 100, field.contains(where: { $0.isASCII && $0.isNumber }) else { return nil }
    if let sign = field.unicodeScalars.first(where: { $0.properties.generalCategory == .currencySymbol }),
      let number = plain(field.filter { !$0.unicodeScalars.contains(sign) })
    {
      return "it has the currency sign \(sign); write only the number (\(number))"
    }
    if field.hasSuffix("%"), let number = plain(String(field.dropLast())) {
      return "it is a percentage; write the number without the percent sign (\(number))"
    }
    if field.first == "\u{2212}", let number = plain("-" + field.dropFirst()) {
      return "its minus sign is U+2212; write a hyphen (\(number))"
    }
    guard let number = plain(field) else { return nil }
    let commas = field.count { $0 == "," }
    let isAmbiguous = commas == 1 && !field.contains(".") && isGrouped(Substring(field), by: ",")
    if isAmbiguous {
      return "it has a comma; write a decimal comma as a point, and no comma between thousands"
    }
    if commas == 1, number != withoutSeparators(field) {
      return "it has a decimal comma; use a point (\(number))"
    }
    return "it has thousands separators; write only the digits (\(number))"
  }

  /// Returns the number in plain notation; nil if the text is not a number under any meaning of its commas, points and
  /// separators.
  private static func plain(_ text: String) -> String? {
    let text = text.drop { $0 == " " }
    let trimmed = text.last == " " ? text.prefix(text.count - text.reversed().prefix { $0 == " " }.count) : text
    guard trimmed.contains(where: \.isNumber) else { return nil }
    if Double(trimmed) != nil { return String(trimmed) }
    for (thousands, decimal) in [
      (",", "."), (".", ","), (" ", "."), (" ", ","), ("'", "."), ("_", "."), ("\u{A0}", ","),
    ]
      as [(Character, Character)]
    {
      let parts = trimmed.split(separator: decimal, omittingEmptySubsequences: false)
      guard parts.count <= 2, isGrouped(parts[0], by: thousands) || !parts[0].contains(thousands) else { continue }
      let digits = parts[0].filter { $0 != thousands } + (parts.count > 1 ? "." + parts[1] : "")
      if Double(digits) != nil { return digits }
    }
    return nil
  }

  private static func withoutSeparators(_ text: String) -> String { text.filter { !", '_\u{A0}".contains($0) } }

  /// Whether digits are in groups of three, with or without a sign.
  private static func isGrouped(_ text: Substring, by separator: Character) -> Bool {
    let groups = text.drop { $0 == "+" || $0 == "-" }.split(separator: separator, omittingEmptySubsequences: false)
    return groups.count > 1 && (1...3).contains(groups[0].count) && groups.dropFirst().allSatisfy { $0.count == 3 }
      && groups.allSatisfy { $0.allSatisfy { $0.isASCII && $0.isNumber } }
  }
}
