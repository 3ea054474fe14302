import VirtualMachines
import Yams

/// A place in a scenario file: reads what stands there strictly, and says what was expected where it is something else.
struct ScenarioNode {
    let node: Node
    /// The file's name, for a message.
    let file: String
    /// The keys that lead here, such as `guests[2].memory_mb`; empty at the top.
    let path: String

    /// What is thrown for what stands here: one line with file, line, key, what came, and what was expected.
    func refusal(expected: String) -> VMMError {
        let subject = path.isEmpty ? "the file" : path
        return VMMError(.badArgument, "\(position): \(subject) is \(description), expected \(expected)")
    }

    private var tag: Tag.Name { Resolver.default.resolveTag(of: node) }

    private var position: String { node.mark.map { "\(file):\($0.line)" } ?? file }

    private var description: String {
        switch node {
        case .scalar(let scalar): scalar.string.isEmpty ? "empty" : "'\(scalar.string)'"
        case .mapping: "a mapping"
        case .sequence: "a list"
        case .alias: "an alias"
        }
    }

    // MARK: Structure

    /// The values of a mapping by their keys.
    ///
    /// Throws for a key that is none of `known`.
    func fields(_ known: [String]) throws(VMMError) -> [String: ScenarioNode] {
        guard case .mapping(let mapping) = node else { throw refusal(expected: "a mapping") }
        var fields: [String: ScenarioNode] = [:]
        for (key, value) in mapping {
            let name = key.string ?? "?"
            guard known.contains(name) else {
                let place = ScenarioNode(node: key, file: file, path: path).position
                let owner = path.isEmpty ? "" : " of \(path)"
                throw VMMError(
                    .badArgument,
                    "\(place): the key '\(name)'\(owner) is unknown, expected one of \(known.joined(separator: ", "))"
                )
            }
            fields[name] = ScenarioNode(node: value, file: file, path: path.isEmpty ? name : "\(path).\(name)")
        }
        return fields
    }

    /// The elements of a list.
    func elements<Element>(_ read: (ScenarioNode) throws(VMMError) -> Element) throws(VMMError) -> [Element] {
        guard case .sequence(let sequence) = node else { throw refusal(expected: "a list") }
        var elements: [Element] = []
        for (number, element) in sequence.enumerated() {
            elements.append(try read(ScenarioNode(node: element, file: file, path: "\(path)[\(number)]")))
        }
        return elements
    }

    // MARK: Values

    /// Text that isn't empty; what looks like a number must be in quotes.
    func text() throws(VMMError) -> String {
        let text = try possiblyEmptyText()
        guard !text.isEmpty else { throw refusal(expected: "text") }
        return text
    }

    /// Text.
    func possiblyEmptyText() throws(VMMError) -> String {
        guard case .scalar(let scalar) = node, tag == .str else {
            throw refusal(expected: "text, in quotes where it looks like a number")
        }
        return scalar.string
    }

    /// A whole number.
    func integer(_ range: ClosedRange<Int>) throws(VMMError) -> Int {
        guard tag == .int, let number = node.int, range.contains(number) else {
            let end = range.upperBound == .max ? "up" : "to \(range.upperBound)"
            throw refusal(expected: "a whole number from \(range.lowerBound) \(end)")
        }
        return number
    }

    /// A number from 0 to 1.
    func probability() throws(VMMError) -> Double {
        guard [.int, .float].contains(tag), let number = node.float, (0...1).contains(number) else {
            throw refusal(expected: "a number from 0 to 1")
        }
        return number
    }

    /// `true` or `false`.
    func flag() throws(VMMError) -> Bool {
        guard tag == .bool, let flag = node.bool else { throw refusal(expected: "true or false") }
        return flag
    }

    /// A duration such as `250ms`, `90s` or `1h30m`.
    func duration() throws(VMMError) -> Duration {
        guard case .scalar(let scalar) = node, let duration = Duration(text: scalar.string) else {
            throw refusal(expected: "a duration such as 250ms, 90s or 1h30m")
        }
        return duration
    }

    /// One of the words of `Word`.
    func word<Word>(_ type: Word.Type) throws(VMMError) -> Word
    where Word: CaseIterable & RawRepresentable, Word.RawValue == String {
        guard case .scalar(let scalar) = node, let word = Word(rawValue: scalar.string) else {
            throw refusal(expected: "one of \(Word.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return word
    }
}
