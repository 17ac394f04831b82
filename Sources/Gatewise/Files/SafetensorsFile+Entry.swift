extension SafetensorsFile {
  /// The element types of the format, with their names in the header.
  ///
  /// The order is that of the reference implementation, which sorts a file's tensors by it: the types with the largest
  /// alignment are last here and first in a file. Types of less than a byte are not supported.
  package enum ElementType: String, Sendable, CaseIterable {
    case bool = "BOOL"
    case uint8 = "U8"
    case int8 = "I8"
    case float8E5M2 = "F8_E5M2"
    case float8E4M3 = "F8_E4M3"
    case float8E8M0 = "F8_E8M0"
    case int16 = "I16"
    case uint16 = "U16"
    case float16 = "F16"
    case bfloat16 = "BF16"
    case int32 = "I32"
    case uint32 = "U32"
    case float32 = "F32"
    case complex64 = "C64"
    case float64 = "F64"
    case int64 = "I64"
    case uint64 = "U64"

    /// Makes the type of a `Scalar` in a file.
    package init(_ type: DataType) {
      switch type {
      case .float32: self = .float32
      case .float64: self = .float64
      }
    }

    /// The size of an element in bytes.
    package var size: Int {
      switch self {
      case .bool, .uint8, .int8, .float8E5M2, .float8E4M3, .float8E8M0: 1
      case .int16, .uint16, .float16, .bfloat16: 2
      case .int32, .uint32, .float32: 4
      case .complex64, .float64, .int64, .uint64: 8
      }
    }

    /// Whether elements are read as `Float` or `Double`: F64, F32, F16 and BF16.
    package var isFloatingPoint: Bool {
      switch self {
      case .float16, .bfloat16, .float32, .float64: true
      default: false
      }
    }

    /// The position in the order of the enumeration.
    var rank: Int { Self.allCases.firstIndex(of: self)! }
  }

  /// The header's entry for one tensor.
  package struct Entry: TensorEntry, Equatable {
    /// The tensor's name.
    package let name: String
    /// The type of its elements in the file.
    package let elementType: ElementType
    /// The tensor's shape, row-major; empty for a single number.
    package let shape: [Int]
    /// The range of the tensor's bytes, counted from the start of the file.
    package let byteRange: Range<Int>

    /// The number of elements.
    package var count: Int { byteRange.count / elementType.size }
  }
}
