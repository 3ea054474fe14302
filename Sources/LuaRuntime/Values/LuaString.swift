/// A Lua string: bytes, whatever they mean.
public struct LuaString: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// The bytes.
    public let bytes: [UInt8]

    /// A string of `bytes`.
    public init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The UTF-8 bytes of `string`.
    public init(_ string: String) {
        self.bytes = Array(string.utf8)
    }

    /// The UTF-8 bytes of a string written out in source.
    public init(stringLiteral value: String) {
        self.init(value)
    }

    /// The text, if the bytes are UTF-8.
    public var utf8: String? { String(validating: bytes, as: UTF8.self) }

    /// The text, with a replacement character for what is not UTF-8.
    public var description: String { String(decoding: bytes, as: UTF8.self) }
}
