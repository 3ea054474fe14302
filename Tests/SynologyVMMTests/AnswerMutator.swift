import SimulatedVMM
import VirtualMachines

/// A NAS's answer, and where its parts are in its bytes.
struct DissectedAnswer: Sendable {
    private(set) var bytes: [UInt8] = []
    /// Every value, the whole included.
    private(set) var values: [Range<Int>] = []
    /// Every name and value of an object, with the colon in between.
    private(set) var members: [Range<Int>] = []
    private(set) var names: [Range<Int>] = []

    init(_ answer: JSONValue) {
        write(answer)
    }

    private mutating func write(_ value: JSONValue) {
        let start = bytes.count
        switch value {
        case .object(let object):
            write(object.members, between: "{}") { answer, member in
                let start = answer.bytes.count
                answer.bytes += JSONValue.string(member.key).serialized()
                answer.names.append(start..<answer.bytes.count)
                answer.bytes += ":".utf8
                answer.write(member.value)
                answer.members.append(start..<answer.bytes.count)
            }
        case .array(let elements):
            write(elements, between: "[]") { answer, element in answer.write(element) }
        default: bytes += value.serialized()
        }
        values.append(start..<bytes.count)
    }

    private mutating func write<Part>(
        _ parts: [Part],
        between brackets: String,
        _ writePart: (inout DissectedAnswer, Part) -> Void
    ) {
        bytes += brackets.prefix(1).utf8
        for (index, part) in parts.enumerated() {
            if index > 0 { bytes += ",".utf8 }
            writePart(&self, part)
        }
        bytes += brackets.suffix(1).utf8
    }
}

/// Spoils answers, the same way every time for the same seed.
struct AnswerMutator {
    /// What can be wrong with an answer.
    enum Mutation: CaseIterable {
        case cut
        case replacedByte
        case invalidUTF8
        case otherValue
        case otherName
        case otherMember
        case hugeNumber
        case deepNesting
        case repeatedMember
        case removedMember
        case repeatedFragment
    }

    private var generator: SplitMix64

    init(seed: UInt64) {
        generator = SplitMix64(state: seed)
    }

    /// The answer with one thing wrong, and one time in four with a byte replaced after that.
    mutating func spoil(_ answer: DissectedAnswer) -> [UInt8] {
        var bytes = spoil(answer, by: pick(Mutation.allCases))
        if number(below: 4) == 0, !bytes.isEmpty { bytes[number(below: bytes.count)] = byte() }
        return bytes
    }

    private mutating func spoil(_ answer: DissectedAnswer, by mutation: Mutation) -> [UInt8] {
        var bytes = answer.bytes
        switch mutation {
        case .cut: bytes.removeLast(1 + number(below: bytes.count))
        case .replacedByte: bytes[number(below: bytes.count)] = byte()
        case .invalidUTF8: bytes.insert(contentsOf: pick(Self.invalidUTF8), at: number(below: bytes.count))
        case .otherValue: bytes.replaceSubrange(pick(answer.values), with: pick(Self.values))
        case .otherName: bytes.replaceSubrange(pick(answer.names), with: pick(Self.names))
        case .otherMember:
            let member = pick(Self.names) + ":".utf8 + pick(Self.values)
            bytes.replaceSubrange(pick(answer.members), with: member)
        case .hugeNumber: bytes.replaceSubrange(pick(answer.values), with: pick(Self.numbers))
        case .deepNesting:
            let (opening, closing) = pick([("[", "]"), (#"{"data":"#, "}")])
            let depth = pick([1, 2, 126, 127, 128, 129, 1_000])
            let range = pick(answer.values)
            let nested = String(repeating: opening, count: depth).utf8 + Array(bytes[range])
            bytes.replaceSubrange(range, with: nested + String(repeating: closing, count: depth).utf8)
        case .repeatedMember:
            let member = bytes[pick(answer.members)]
            bytes.insert(contentsOf: Array(member) + ",".utf8, at: pick(answer.members).lowerBound)
        case .removedMember:
            let member = pick(answer.members)
            let isFollowed = bytes[member.upperBound] == UInt8(ascii: ",")
            let isPreceded = bytes[member.lowerBound - 1] == UInt8(ascii: ",")
            let start = isPreceded && !isFollowed ? member.lowerBound - 1 : member.lowerBound
            bytes.removeSubrange(start..<member.upperBound + (isFollowed ? 1 : 0))
        case .repeatedFragment:
            let start = number(below: bytes.count)
            let fragment = bytes[start..<start + number(below: bytes.count - start)]
            bytes.insert(contentsOf: Array(fragment), at: number(below: bytes.count))
        }
        return bytes
    }

    private mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[number(below: elements.count)]
    }

    private mutating func number(below limit: Int) -> Int {
        limit > 0 ? Int(generator.next() % UInt64(limit)) : 0
    }

    private mutating func byte() -> UInt8 {
        UInt8(truncatingIfNeeded: generator.next())
    }

    // MARK: What is put in

    /// A stray continuation, an overlong slash, half of a surrogate pair, beyond Unicode, a sequence cut short.
    private static let invalidUTF8: [[UInt8]] = [
        [0x80], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82],
    ]

    /// What a terminal would obey, what would break a line, and what would fill a screen.
    private static let names = [
        #""""#, #""guest_id""#, #""code""#, #""a\nb\r\u0000\u001b[2J\u007f\u0085\u2028""#,
        "\"\(String(repeating: "é", count: 1_000))\"",
    ]
    .map { Array($0.utf8) }

    private static let values =
        names
        + ["null", "true", "false", "0", "-1", "1.5", "[]", "{}", "[null]", #"{"":{}}"#, #"[{"a":1},{"a":1}]"#, "NaN"]
        .map { Array($0.utf8) }

    private static let numbers = [
        "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "1e308", "1e309",
        "-1e999999999", "4096.0", "9.3e18", "-0", "0.\(String(repeating: "0", count: 400))1",
        String(repeating: "9", count: 400),
    ]
    .map { Array($0.utf8) }
}
