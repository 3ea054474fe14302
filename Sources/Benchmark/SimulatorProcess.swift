import Foundation
import SynologyVMM
import VirtualMachines

/// A `vmmlua simulate` that runs as long as this does, so that what the NAS takes is not counted as a client's.
final class SimulatorProcess {
    let url: String
    let account: String
    let password: String
    private let process = Process()
    private let log: URL?

    /// Serves a scenario; nil where `command` can't.
    init?(_ command: String, scenario: String, speed: Int = 1, logsRequests: Bool = false) throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "scenario-\(UUID().uuidString).yaml")
        try Data(scenario.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        log = logsRequests ? file.deletingPathExtension().appendingPathExtension("jsonl") : nil
        let announcement = Pipe()
        process.executableURL = URL(filePath: command)
        process.arguments =
            ["simulate", "--port", "0", "--output", "json", "--scenario", file.path, "--speed", "\(speed)"]
            + (log.map { ["--log", $0.path] } ?? [])
        process.standardOutput = announcement
        do { try process.run() } catch { return nil }
        let line = try announcement.fileHandleForReading.readLine()
        guard let told = try? JSONValue(parsing: Array(line.utf8)), case .string(let url)? = told["url"],
            case .string(let account)? = told["account"], case .string(let password)? = told["password"]
        else { return nil }
        (self.url, self.account, self.password) = (url, account, password)
    }

    deinit {
        process.terminate()
        if let log { try? FileManager.default.removeItem(at: log) }
    }

    /// By which a client finds it and logs in: the command's own variables.
    var environment: [String: String] {
        ["VMMLUA_HOST": url, "VMMLUA_ACCOUNT": account, "VMMLUA_PASSWORD": password]
    }

    /// Runs `body` with those variables in this process, for the processes that it starts.
    func inEnvironment<Result>(_ body: () throws -> Result) rethrows -> Result {
        for (variable, value) in environment { unsafe setenv(variable, value, 1) }
        defer { for variable in environment.keys { unsafe unsetenv(variable) } }
        return try body()
    }

    /// How many requests it got so far, and how many of them changed a guest; none unless it logs them.
    func requestCounts() throws -> (all: Int, writes: Int) {
        guard let log else { return (0, 0) }
        let requests = try String(contentsOf: log, encoding: .utf8).split(separator: "\n")
        return (requests.count, requests.count { $0.contains(#""took_effect":true"#) })
    }

    func client(_ dialect: DialectName) throws -> SynologyClient {
        var configuration = try SynologyClient.Configuration(url: url, account: account, password: Secret(password))
        configuration.dialect = dialect
        return SynologyClient(configuration)
    }
}
