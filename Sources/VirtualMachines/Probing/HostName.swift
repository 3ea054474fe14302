/// What a host's name is made of: letters, digits, hyphens, dots and the underscores that some use.
package enum HostName {
    /// Whether a name may hold the byte.
    package static func canHold(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: "-._".utf8.contains(byte)
        }
    }

    /// Whether a text could be a host's name; 253 bytes are the most that one has.
    package static func canBe(_ text: String) -> Bool {
        (1...253).contains(text.utf8.count) && text.utf8.allSatisfy(canHold)
    }
}
