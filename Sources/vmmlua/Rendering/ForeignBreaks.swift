import VMMScripting
import VirtualMachines

/// The texts of a NAS that hold line breaks or tabs, so that these are escaped where a script prints such a text at a terminal:
/// a guest's name is not to forge a line, while the script's own line breaks and tabs stay what they are.
struct ForeignBreaks {
    /// No NAS has more guests with such names; what is beyond isn't told from the script's own text.
    private static let limit = 1_000

    /// By their bytes, with what stands for them.
    private var texts: [[UInt8]: [UInt8]] = [:]

    /// Takes note of what a NAS answered.
    mutating func note(_ event: RunEvent) {
        guard case .ended(_, .success(let answer)) = event else { return }
        switch answer {
        case .guests(let guests): for guest in guests { note(guest) }
        case .guest(let guest): note(guest)
        case .change(let before, let after, _):
            note(before)
            if let after { note(after) }
        case .tasks(_, let names): for name in names.values { note(name) }
        case .objects(let objects): for object in objects { note(.object(object)) }
        default: break
        }
    }

    private mutating func note(_ guest: Guest) {
        note(guest.name)
        if let description = guest.description { note(description) }
        if let host = guest.hostName { note(host) }
        if !guest.extra.isEmpty { note(.object(guest.extra)) }
    }

    private mutating func note(_ value: JSONValue) {
        switch value {
        case .string(let text): note(text)
        case .array(let elements): for element in elements { note(element) }
        case .object(let object): for member in object.members { note(member.value) }
        default: break
        }
    }

    private mutating func note(_ text: String) {
        let isBreaking = text.utf8.contains { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\t") }
        // Of white space alone nothing can be forged, and a script has some of its own.
        guard isBreaking, texts.count < Self.limit, text.contains(where: { !$0.isWhitespace }) else { return }
        texts[Array(text.utf8)] = Array(text.escapingControls.utf8)
    }

    /// What a script printed, with the breaks in those texts escaped.
    func escaping(_ printed: [UInt8]) -> [UInt8] {
        guard !texts.isEmpty else { return printed }
        // The end of the line is `print`'s.
        let end = printed.last == UInt8(ascii: "\n") ? printed.suffix(1) : []
        var line = Array(printed.dropLast(end.count))
        // A text may hold another.
        for (text, escaped) in texts.sorted(by: { $0.key.count > $1.key.count }) where line.count >= text.count {
            line = line.replacing(text, with: escaped)
        }
        return line + end
    }
}
