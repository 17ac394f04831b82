/// The element type of numbers in memory and in files, under its safetensors name.
public enum DataType: String, Sendable, Codable, CaseIterable {
  /// IEEE single precision, Swift's `Float`.
  case float32 = "F32"
  /// IEEE double precision, Swift's `Double`.
  case float64 = "F64"
}
