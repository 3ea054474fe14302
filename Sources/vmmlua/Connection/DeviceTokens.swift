import Foundation
import SynologyVMM
import VirtualMachines

/// The tokens by which NASes know this device, so that a code is asked for once: a file that its owner alone may read.
struct DeviceTokens: Sendable {
    fileprivate let file: URL

    /// Below `$XDG_STATE_HOME/vmmlua`, or `~/.local/state/vmmlua`; a relative path counts as none.
    init(environment: [String: String]) {
        func folder(_ variable: String) -> URL? {
            environment[variable].flatMap { $0.hasPrefix("/") ? URL(filePath: $0) : nil }
        }
        let home = folder("HOME") ?? URL(filePath: NSHomeDirectory())
        let state = folder("XDG_STATE_HOME") ?? home.appending(path: ".local/state")
        file = state.appending(path: "vmmlua/devices.json")
    }

    subscript(account: String, address: NASAddress) -> Secret? {
        guard case .string(let token)? = tokens[key(account, address)] else { return nil }
        return Secret(token)
    }

    /// Keeps a token.
    ///
    /// Throws where it can't be written; the code is then asked for again next time.
    func remember(_ token: Secret, _ account: String, _ address: NASAddress) throws {
        var tokens = tokens
        tokens[key(account, address)] = .string(token.word)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(),
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        let fresh = file.appendingPathExtension("\(ProcessInfo.processInfo.processIdentifier)")
        defer { try? FileManager.default.removeItem(at: fresh) }
        let contents = Data(JSONValue.object(tokens).text.utf8)
        guard
            FileManager.default.createFile(
                atPath: fresh.path,
                contents: contents,
                attributes: [.posixPermissions: 0o600]
            )
        else { throw CocoaError(.fileWriteNoPermission) }
        try? FileManager.default.removeItem(at: file)
        try FileManager.default.moveItem(at: fresh, to: file)
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
    init(_ account: String, _ address: NASAddress, environment: [String: String]) {
        let tokens = DeviceTokens(environment: environment)
        self.init(
            deviceName: "vmmlua on \(ProcessInfo.processInfo.hostName)",
            deviceToken: tokens[account, address],
            code: {
                if let code = environment["VMMLUA_OTP"], !code.isEmpty { return Secret(code) }
                guard Terminal.isInteractive else { return nil }
                return Terminal.readPassword(prompt: "Code for \(account) on \(address.hostAndPort): ").map(Secret.init)
            },
            remember: { token in
                do {
                    try tokens.remember(token, account, address)
                } catch {
                    let reason = SystemError(in: error).map { ": \($0)" } ?? ""
                    Console.standard.err.write(
                        line:
                            "vmmlua: warning: cannot write '\(tokens.file.path)'\(reason); this device is not remembered, "
                            + "and a code will be asked for again"
                    )
                }
            }
        )
    }
}
