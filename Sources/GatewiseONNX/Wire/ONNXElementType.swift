/// The supported element types, with their numbers in the specification.
enum ONNXElementType: Int32 {
  case float32 = 1
  case uint8 = 2
  case int8 = 3
  case uint16 = 4
  case int16 = 5
  case int32 = 6
  case int64 = 7
  case bool = 9
  case float16 = 10
  case float64 = 11
  case bfloat16 = 16

  /// The bytes of one element in raw data.
  var size: Int {
    switch self {
    case .uint8, .int8, .bool: 1
    case .uint16, .int16, .float16, .bfloat16: 2
    case .float32, .int32: 4
    case .int64, .float64: 8
    }
  }

  /// Whether tensors of this type are weights; the others are shapes, axes and indices.
  var isFloatingPoint: Bool {
    switch self {
    case .float32, .float64, .float16, .bfloat16: true
    default: false
    }
  }
}
