import Crypto
import CryptoExtras
import Foundation
import Synchronization
import VirtualMachines

/// Opens logins that a client encrypted itself, as web pages of DSM do over plain HTTP.
///
/// The parameter is JSON: `rsa`, a secret under RSA with PKCS#1 v1.5, and `aes`, a form under AES-256-CBC with a key from
/// that secret, in OpenSSL's salted format. Clients use secrets of 501 bytes, the most that RSA-4096 takes.
final class LoginCipher: Sendable {
    /// The parameter that holds the others.
    static let parameter = "__cIpHeRtExT"

    /// Made when it is first asked for, as that takes a moment.
    private let key = Mutex<_RSA.Encryption.PrivateKey?>(nil)

    /// The modulus of the public key in hexadecimal; nil where no key could be made.
    ///
    /// The exponent is 65537.
    var modulus: String? {
        key.withLock { key in
            if key == nil { key = try? _RSA.Encryption.PrivateKey(keySize: _RSA.Signing.KeySize(bitCount: 4_096)) }
            return try? key?.publicKey.getKeyPrimitives().modulus.hexadecimal
        }
    }

    /// The call with what it holds encrypted; as it is where there is nothing, or nothing that can be opened.
    func opened(_ call: WebAPICall) -> WebAPICall {
        guard let text = call.parameters.text(Self.parameter), let form = form(in: text) else { return call }
        return call.adding(formPairs(form))
    }

    private func form(in text: String) -> String? {
        guard let json = try? JSONValue(parsing: Array(text.utf8)),
            let encryptedSecret = json["rsa"]?.base64, let salted = json["aes"]?.base64,
            let key = key.withLock(\.self),
            let secret = try? key.decrypt(encryptedSecret, padding: ._WEAK_AND_INSECURE_PKCS_V1_5)
        else { return nil }
        let header = Data("Salted__".utf8)
        guard salted.starts(with: header), salted.count > 16 else { return nil }
        let derived = Self.derive(from: secret, salt: salted.dropFirst(header.count).prefix(8), count: 48)
        let form = try? AES._CBC.decrypt(
            salted.dropFirst(16),
            using: SymmetricKey(data: derived.prefix(32)),
            iv: AES._CBC.IV(ivBytes: derived.dropFirst(32))
        )
        return form.map { String(decoding: $0, as: UTF8.self) }
    }

    /// OpenSSL's old way from a password to a key and an initial vector: MD5 over and over.
    static func derive(from secret: Data, salt: Data, count: Int) -> Data {
        var derived = Data()
        var last = Data()
        while derived.count < count {
            last = Data(Insecure.MD5.hash(data: last + secret + salt))
            derived += last
        }
        return derived.prefix(count)
    }
}

extension JSONValue {
    /// The bytes of a string in Base64.
    fileprivate var base64: Data? {
        guard case .string(let text) = self else { return nil }
        return Data(base64Encoded: text)
    }
}
