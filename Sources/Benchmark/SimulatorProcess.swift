import Foundation
import SynologyVMM
import VirtualMachines

/// A `vmmlua simulate` that runs as long as this does, so that what the NAS takes is not counted as a client's.
final class SimulatorProcess {
    let url: String
    let account: String
    let password: String
    private let process = Process()

    /// Serves a scenario; nil where `command` can't.
    init?(_ command: String, scenario: String) throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "scenario-\(UUID().uuidString).yaml")
        try Data(scenario.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let announcement = Pipe()
        process.executableURL = URL(filePath: command)
        process.arguments = ["simulate", "--port", "0", "--output", "json", "--scenario", file.path]
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
    }

    func client(_ dialect: DialectName) throws -> SynologyClient {
        var configuration = try SynologyClient.Configuration(url: url, account: account, password: Secret(password))
        configuration.dialect = dialect
        return SynologyClient(configuration)
    }
}
