import Crypto
import CryptoExtras
import Foundation
import Hummingbird
import HummingbirdTesting
import SimulatedVMM
import Testing
import VirtualMachines

@testable import DSMSimulator

/// Logins that a client encrypts itself.
@Suite struct LoginCipherTests {
    /// The parameters as a web page encrypts them for the key of that modulus.
    private func encrypted(_ form: String, modulus: String) throws -> String {
        let digits = Array(modulus)
        let bytes = stride(from: 0, to: digits.count, by: 2)
            .compactMap { UInt8(String(digits[$0...($0 + 1)]), radix: 16) }
        let key = try _RSA.Encryption.PublicKey(n: Data(bytes), e: Data([1, 0, 1]))
        let secret = Data(repeating: UInt8(ascii: "s"), count: 501)
        let salt = Data("saltsalt".utf8)
        let derived = LoginCipher.derive(from: secret, salt: salt, count: 48)
        let cipherText = try AES._CBC.encrypt(
            Data(form.utf8),
            using: SymmetricKey(data: derived.prefix(32)),
            iv: AES._CBC.IV(ivBytes: derived.dropFirst(32))
        )
        let rsa = try key.encrypt(secret, padding: ._WEAK_AND_INSECURE_PKCS_V1_5).base64EncodedString()
        let aes = (Data("Salted__".utf8) + salt + cipherText).base64EncodedString()
        let json = JSONValue.object(["rsa": .string(rsa), "aes": .string(aes)]).text
        return try #require(json.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
    }

    @Test("a login with an encrypted password is let in, and one that can't be opened is refused")
    func login() async throws {
        let log = RequestLog()
        let server = DSMServer(
            cluster: SimulatedCluster(.standard(guestCount: 1), clock: VirtualClock()),
            login: .init(account: "op", password: "p w&"),
            log: log
        )
        try await server.application()
            .test(.router) { client async throws in
                let info = try await DSMTestClient.post(
                    client,
                    "/webapi/encryption.cgi",
                    "api=SYNO.API.Encryption&version=1&method=getinfo&format=module"
                )
                guard case .string(let modulus)? = info["data"]?["public_key"] else {
                    throw VMMError(.badAnswer, info.text)
                }
                #expect(info["data"]?["cipherkey"] == "__cIpHeRtExT")
                let call = "api=SYNO.API.Auth&version=6&method=login&account=op&__cIpHeRtExT="
                let form = try encrypted("passwd=p+w%26&format=cookie", modulus: modulus)
                let answer = try await DSMTestClient.post(client, "/webapi/entry.cgi", call + form)
                #expect(answer["success"] == true)
                for wrong in ["nonsense", "%7B%22rsa%22%3A%22AAAA%22%2C%22aes%22%3A%22AAAA%22%7D"] {
                    let refused = try await DSMTestClient.post(client, "/webapi/entry.cgi", call + wrong)
                    #expect(refused["error"]?["code"] == 400)
                }
            }
        #expect(!"\(log.all)".contains("p w&"))
        #expect(log.all.allSatisfy { !$0.parameters.keys.contains("__cIpHeRtExT") })
    }
}
