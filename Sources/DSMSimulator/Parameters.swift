import VirtualMachines

/// The parameters of one call, in every spelling that clients use.
///
/// Strings come raw or JSON-quoted, booleans as words, lists with commas or as JSON arrays.
struct Parameters: Sendable {
    private var values: [String: String]

    init(_ pairs: [(name: String, value: String)]) {
        self.values = Dictionary(pairs.map { ($0.name, $0.value) }, uniquingKeysWith: { _, last in last })
    }

    /// What came, as it came, without what must never be kept: for a log.
    var withoutSecrets: [String: String] {
        values.filter { !Self.secrets.contains($0.key.lowercased()) }
    }

    private static let secrets: Set<String> = ["passwd", "_sid", "synotoken", "otp_code", "device_id"]

    /// A string; nil when it is absent or empty, as clients send empty strings for what they don't mean.
    func text(_ name: String) -> String? {
        guard let raw = values[name], !raw.isEmpty else { return nil }
        guard raw.hasPrefix("\""), case .string(let text)? = try? JSONValue(parsing: Array(raw.utf8)) else {
            return raw
        }
        return text.isEmpty ? nil : text
    }

    /// A whole number; nil when it is absent.
    ///
    /// Throws 400 for anything else.
    func integer(_ name: String) throws(WebAPIFailure) -> Int? {
        guard let text = text(name) else { return nil }
        guard let number = Int(text) else { throw .invalidParameter(name) }
        return number
    }

    /// A boolean; nil when it is absent.
    ///
    /// Throws 400 for anything else.
    func flag(_ name: String) throws(WebAPIFailure) -> Bool? {
        switch text(name)?.lowercased() {
        case nil: nil
        case "true", "yes", "1": true
        case "false", "no", "0": false
        default: throw .invalidParameter(name)
        }
    }

    /// The words of a list; none when it is absent.
    func list(_ name: String) -> [String] {
        guard let text = text(name) else { return [] }
        if text.hasPrefix("["), case .array(let elements)? = try? JSONValue(parsing: Array(text.utf8)) {
            return elements.compactMap { element in
                guard case .string(let word) = element else { return nil }
                return word
            }
        }
        return text.split(separator: ",").map { $0.trimmed }
    }
}

extension Substring {
    fileprivate var trimmed: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
