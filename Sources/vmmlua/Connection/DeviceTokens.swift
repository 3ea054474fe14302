import Foundation
import SynologyVMM
import VirtualMachines

/// The tokens by which NASes know this device, so that a code is asked for once: a file that its owner alone may read.
struct DeviceTokens: Sendable {
    private let file: URL

    /// Those of whoever's environment it is.
    init(environment: [String: String]) {
        file = StateFolder.url(environment: environment).appending(path: "devices.json")
    }

    subscript(account: String, address: NASAddress) -> Secret? {
        guard case .string(let token)? = tokens[key(account, address)] else { return nil }
        return Secret(token)
    }

    /// Keeps a token.
    ///
    /// Throws ``UsageError`` where it can't be written; the code is then asked for again next time.
    func remember(_ token: Secret, _ account: String, _ address: NASAddress) throws(UsageError) {
        var tokens = tokens
        tokens[key(account, address)] = .string(token.word)
        do {
            try StateFolder.make(file.deletingLastPathComponent())
            // Until the file's own permissions are set, the folder's keep others out.
            try Data(JSONValue.object(tokens).text.utf8).write(to: file, options: .atomic)
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
        } catch {
            let reason = SystemError(in: error).map { ": \($0)" } ?? ""
            throw UsageError(
                "cannot write '\(file.path)'\(reason), so this device is not remembered and a code will be asked for again",
                hint: "let that folder be written to, or set XDG_STATE_HOME"
            )
        }
    }

    private var tokens: JSONObject {
        guard let data = try? Data(contentsOf: file), case .object(let tokens)? = try? JSONValue(parsing: Array(data))
        else { return [:] }
        return tokens
    }

    private func key(_ account: String, _ address: NASAddress) -> String { "\(account)@\(address.hostAndPort)" }
}

extension SecondFactor {
    /// Asks for a code in the environment or at the terminal, and keeps the device's token.
    init(
        _ account: String,
        _ address: NASAddress,
        environment: [String: String],
        console: Console
    ) {
        let tokens = DeviceTokens(environment: environment)
        self.init(
            deviceName: "vmmlua on \(ProcessInfo.processInfo.hostName)",
            deviceToken: tokens[account, address],
            code: {
                if let code = environment["VMMLUA_OTP"], !code.isEmpty { return Secret(code) }
                guard Terminal.isInteractive else { return nil }
                // A session may be lost in the middle of a run.
                let word = try? await console.lendTerminal { _ in
                    Terminal.readPassword(prompt: "Code for \(account) on \(address.hostAndPort): ")
                }
                return word.map(Secret.init)
            },
            remember: { token in
                do throws(UsageError) {
                    try tokens.remember(token, account, address)
                } catch {
                    console.err.writeWarning("\(error)")
                }
            }
        )
    }
}
