import Foundation

extension String {
    /// The text in Unicode's normal form C, in which names are compared: `é` may be one scalar or two, by the system that
    /// wrote it, and is the same name.
    ///
    /// For matching alone: what is shown or sent stays as it is spelled.
    package var normalForm: String {
        utf8.allSatisfy { $0 < 0x80 } ? self : precomposedStringWithCanonicalMapping
    }
}
