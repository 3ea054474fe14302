/// A pattern of names: `*` stands for any characters, `?` for one; all else for itself.
///
/// Pattern and text are compared in one normal form, whichever each is written in. A character is a Unicode scalar of that
/// form.
package struct Glob: Sendable {
    private let pattern: [Unicode.Scalar]

    /// Reads a pattern; every text is one.
    package init(_ pattern: String) {
        self.pattern = Array(pattern.normalForm.unicodeScalars)
    }

    /// Whether a text stands for others than itself.
    package static func isPattern(_ text: String) -> Bool { text.contains { $0 == "*" || $0 == "?" } }

    /// Whether the whole text fits.
    ///
    /// Takes time in proportion to the product of both lengths at most.
    package func matches(_ text: String) -> Bool {
        let text = Array(text.normalForm.unicodeScalars)
        var position = 0
        var index = 0
        // Where to go on when a match fails: behind the last star, one character further.
        var retry: (index: Int, position: Int)?
        while position < text.count {
            if index < pattern.count, pattern[index] == "*" {
                retry = (index + 1, position)
                index += 1
            } else if index < pattern.count, pattern[index] == "?" || pattern[index] == text[position] {
                index += 1
                position += 1
            } else if let last = retry {
                retry = (last.index, last.position + 1)
                index = last.index
                position = last.position + 1
            } else {
                return false
            }
        }
        return pattern[index...].allSatisfy { $0 == "*" }
    }
}
