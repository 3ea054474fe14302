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

    /// The text for a message: bytes that are not UTF-8 are written as Lua writes them, `\xe9`.
    public var description: String {
        if let text = utf8 { return text }
        var text = ""
        var parser = Unicode.UTF8.ForwardParser()
        var rest = bytes.makeIterator()
        var position = 0
        while true {
            switch parser.parseScalar(from: &rest) {
            case .valid(let encoded):
                text.unicodeScalars.append(Unicode.UTF8.decode(encoded))
                position += encoded.count
            case .error(let length):
                for byte in bytes[position..<min(position + length, bytes.count)] {
                    text += "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
                }
                position += length
            case .emptyInput: return text
            }
        }
    }
}
