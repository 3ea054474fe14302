/// Pairs as a query or a form body (`application/x-www-form-urlencoded`).
func formEncoded(_ pairs: [(name: String, value: String)]) -> String {
    var text = ""
    for (name, value) in pairs {
        if !text.isEmpty { text += "&" }
        appendEncoded(name, to: &text)
        text += "="
        appendEncoded(value, to: &text)
    }
    return text
}

/// Escapes all but RFC 3986's unreserved characters, so a space becomes `%20`, which queries and bodies both take.
private func appendEncoded(_ word: String, to text: inout String) {
    for byte in word.utf8 {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            text.unicodeScalars.append(Unicode.Scalar(byte))
        default:
            let digits = String(byte, radix: 16, uppercase: true)
            text += byte < 16 ? "%0" : "%"
            text += digits
        }
    }
}
