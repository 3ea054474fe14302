import VirtualMachines

/// The parameters of one call, in every spelling that clients use.
///
/// Strings come raw or JSON-quoted, booleans as words, lists with commas or as JSON arrays.
struct Parameters: Sendable {
    private var values: [String: String]

    init(_ pairs: [(name: String, value: String)]) {
        self.values = Dictionary(pairs.map { ($0.name, $0.value) }, uniquingKeysWith: { _, last in last })
    }

    /// These and more; of one name, the later counts.
    func adding(_ pairs: [(name: String, value: String)]) -> Parameters {
        var all = self
        for (name, value) in pairs { all.values[name] = value }
        return all
    }

    /// What came, as it came, without what must never be kept: for a log.
    var withoutSecrets: [String: String] {
        values.filter { !Self.secrets.contains($0.key.lowercased()) }
    }

    private static let secrets: Set<String> = [
        "passwd", "_sid", "synotoken", "otp_code", "device_id", "did", "ik_message", "__ciphertext",
    ]

    /// A string; nil when it is absent or empty, as clients send empty strings for what they don't mean.
    func text(_ name: String) -> String? {
        guard let raw = values[name], !raw.isEmpty else { return nil }
        guard raw.hasPrefix("\""), case .string(let text)? = try? JSONValue(parsing: Array(raw.utf8)) else {
            return raw
        }
        return text.isEmpty ? nil : text
    }

    /// A string that may be empty, as the one that takes a description away; nil when it is absent.
    func possiblyEmptyText(_ name: String) -> String? {
        values[name].map { _ in text(name) ?? "" }
    }

    /// A task's id, in both spellings of the parameter.
    func taskID() throws(VMMError) -> String {
        guard let id = text("taskid") ?? text("task_id") else { throw Self.refusal("taskid") }
        return id
    }

    /// What is thrown for a parameter that is missing or has a bad value.
    static func refusal(_ name: String) -> VMMError {
        VMMError(.badArgument, "\(name) is missing or has a bad value")
    }

    /// A whole number; nil when it is absent.
    ///
    /// Throws `badArgument` for anything else.
    func integer(_ name: String) throws(VMMError) -> Int? {
        guard let text = text(name) else { return nil }
        guard let number = Int(text) else { throw Self.refusal(name) }
        return number
    }

    /// A boolean; nil when it is absent.
    ///
    /// Throws `badArgument` for anything else.
    func flag(_ name: String) throws(VMMError) -> Bool? {
        switch text(name)?.lowercased() {
        case nil: nil
        case "true", "yes", "1": true
        case "false", "no", "0": false
        default: throw Self.refusal(name)
        }
    }

    /// Whether a boolean is there and true; a login takes anything else for false.
    func isYes(_ name: String) -> Bool {
        ["true", "yes", "1"].contains(text(name)?.lowercased())
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
