/// The pairs of a query or of a form body (`application/x-www-form-urlencoded`), decoded, in order.
///
/// A malformed escape stands for itself, as web servers take it.
func formPairs(_ text: some StringProtocol) -> [(name: String, value: String)] {
    text.split(separator: "&")
        .map { pair in
            let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (formDecoded(halves[0]), halves.count > 1 ? formDecoded(halves[1]) : "")
        }
}

private func formDecoded(_ text: some StringProtocol) -> String {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
        switch byte {
        case UInt8(ascii: "+"):
            bytes.append(UInt8(ascii: " "))
        case UInt8(ascii: "%"):
            if let escaped = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16), rest.count >= 2 {
                bytes.append(escaped)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        default:
            bytes.append(byte)
        }
    }
    return String(decoding: bytes, as: UTF8.self)
}
