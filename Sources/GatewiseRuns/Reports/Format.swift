import Foundation

/// Formats numbers and times for people.
public enum Format {
  /// Returns a number with `digits` significant digits: `0.03142`, `314.2`, `31420`.
  public static func significant(_ value: Double, digits: Int) -> String {
    guard value.isFinite, value != 0 else { return value == 0 ? "0" : "\(value)" }
    let magnitude = Int(floor(log10(value.magnitude)))
    guard (-4...9).contains(magnitude) else { return String(format: "%.\(max(digits - 1, 0))e", value) }
    return String(format: "%.\(max(0, digits - 1 - magnitude))f", value)
  }

  /// Returns a short duration: `0:08`, `3:05`, `2:07:00`.
  public static func clock(seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0, seconds < 1e12 else { return "?" }
    let whole = Int(seconds.rounded())
    let (minutes, rest) = (whole / 60, whole % 60)
    return minutes < 60
      ? String(format: "%d:%02d", minutes, rest) : String(format: "%d:%02d:%02d", minutes / 60, minutes % 60, rest)
  }

  /// Returns a measured time: below ten seconds with two digits, `0.27 s`, above as a duration.
  static func time(seconds: Double) -> String {
    seconds < 10 ? significant(seconds, digits: 2) + " s" : duration(seconds: seconds)
  }

  /// Returns a duration: `8 s`, `3 min 05 s`, `2 h 07 min`, `4 d 03 h`.
  public static func duration(seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0, seconds < 1e12 else { return "?" }
    let whole = Int(seconds.rounded())
    switch whole {
    case ..<60: return "\(whole) s"
    case ..<3600: return String(format: "%d min %02d s", whole / 60, whole % 60)
    case ..<86400: return String(format: "%d h %02d min", whole / 3600, whole / 60 % 60)
    default: return String(format: "%d d %02d h", whole / 86400, whole / 3600 % 24)
    }
  }
}
