import Foundation
import SynologyVMM
import VirtualMachines

/// The tokens by which NASes know this device, so that a code is asked for once: a file that its owner alone may read.
struct DeviceTokens: Sendable {
    private let file: URL

    /// Below `$XDG_STATE_HOME/vmmlua`, or `~/.local/state/vmmlua`.
    init(environment: [String: String]) {
        let state =
            environment["XDG_STATE_HOME"].flatMap { $0.hasPrefix("/") ? URL(filePath: $0) : nil }
            ?? URL(filePath: environment["HOME"] ?? NSHomeDirectory()).appending(path: ".local/state")
        file = state.appending(path: "vmmlua/devices.json")
    }

    subscript(account: String, address: NASAddress) -> Secret? {
        guard case .string(let token)? = tokens[key(account, address)] else { return nil }
        return Secret(token)
    }

    /// Keeps a token; where it can't be written, the code is asked for again next time.
    func remember(_ token: Secret, _ account: String, _ address: NASAddress) {
        var tokens = tokens
        tokens[key(account, address)] = .string(token.word)
        let folder = file.deletingLastPathComponent()
        let manager = FileManager.default
        try? manager.createDirectory(
            at: folder,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        let fresh = folder.appending(path: "devices.\(ProcessInfo.processInfo.processIdentifier).json")
        let contents = Data(JSONValue.object(tokens).text.utf8)
        guard manager.createFile(atPath: fresh.path, contents: contents, attributes: [.posixPermissions: 0o600]) else {
            return
        }
        try? manager.removeItem(at: file)
        try? manager.moveItem(at: fresh, to: file)
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
            remember: { tokens.remember($0, account, address) }
        )
    }
}
