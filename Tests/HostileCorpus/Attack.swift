import Foundation
import LuaRuntime
import SimulatedVMM
import VMMScripting
import VirtualMachines

/// A script that attacks its host, and how it has to end.
struct Attack {
    /// The ways to end.
    enum Ending: String {
        case cpu, memory, output, operations, coroutines, source, error, done
        /// It had to be ended by hand, which no script of the corpus may come to.
        case hung

        init(_ result: Result<[LuaValue], ScriptError>) {
            switch result {
            case .success: self = .done
            case .failure(let error): self = error.kind == .interrupted ? .hung : error.limit.map(Self.init) ?? .error
            }
        }

        private init(_ limit: LuaLimit) {
            switch limit {
            case .cpuTime: self = .cpu
            case .memory: self = .memory
            case .output: self = .output
            case .source: self = .source
            case .coroutines: self = .coroutines
            case .hostCalls: self = .operations
            case .time: self = .hung
            }
        }
    }

    /// What was seen.
    struct Report {
        /// What is wrong, if anything is.
        var problem: String?
        /// CPU time that a script used beyond its limit of it.
        var overrun: Duration?
    }

    let name: String
    let source: String
    /// Some ways may be equally good: `memory` or `cpu`, say.
    let endings: [Ending]

    /// The scripts of a folder: the first line names the attack, the second is `-- ends: cpu`.
    static func all(in folder: URL) throws -> [Attack] {
        try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "lua" }
            .sorted { $0.lastPathComponent < $1.lastPathComponent }
            .map(Attack.init)
    }

    private init(file: URL) throws {
        name = file.deletingPathExtension().lastPathComponent
        source = try String(contentsOf: file, encoding: .utf8)
        let lines = source.split(separator: "\n", maxSplits: 2)
        let words = lines.dropFirst().first?.trimmingPrefix("-- ends: ").split(separator: " ") ?? []
        endings = words.compactMap { Ending(rawValue: String($0)) }
    }

    func perform(cpuLimit: Duration) async -> Report {
        guard !endings.isEmpty else { return Report(problem: "its second line doesn't say how it ends") }
        let start = clock()
        let result = await run(source, cpuLimit: cpuLimit)
        let used = Duration.seconds(Double(clock() - start) / Double(CLOCKS_PER_SEC))
        var report = Report()
        let ending = Ending(result)
        if ending == .cpu { report.overrun = used - cpuLimit }
        if !endings.contains(ending) {
            report.problem =
                "ended as \(ending.rawValue), not \(endings.map(\.rawValue).joined(separator: " or ")): \(result)"
        } else if case .success(let values) = result, values != [true] {
            report.problem = "returned \(values), not true"
        }
        if case .failure(let error) = await run(Self.healthyScript, cpuLimit: .seconds(60)) {
            report.problem = "a healthy script failed after it: \(error)"
        }
        return report
    }

    private static let healthyScript = """
        local names = vmm.list{ name = "web-*" }:names()
        assert(#names == 4 and table.concat(names, " "):find("web-1", 1, true))
        vmm.wait_task(vmm.shutdown(names[1]))
        assert(vmm.get(names[1]).status == "stopped")
        """

    private func run(_ source: String, cpuLimit: Duration) async -> Result<[LuaValue], ScriptError> {
        let clock = VirtualClock()
        let manager = SimulatedManager(Cluster.standard(guestCount: 20, now: clock.now), clock: clock)
        var configuration = ScriptHost.Configuration()
        configuration.clock = clock
        configuration.onIdle = { clock.advanceToNextDeadline() }
        configuration.seed = 1
        configuration.limits.cpuTime = cpuLimit
        configuration.limits.memory = 16 << 20
        configuration.limits.output = 64 << 10
        configuration.limits.source = 256 << 10
        configuration.limits.operations = 200
        configuration.limits.coroutines = 1000
        do throws(ScriptError) {
            let host = ScriptHost(manager: manager, configuration: configuration)
            let run = try await host.start(source, named: name + ".lua", keepsEvents: false)
            // A script that hangs is one that got the better of its host.
            let watchdog = Task {
                try await Task.sleep(for: .seconds(100))
                run.kill()
            }
            defer { watchdog.cancel() }
            return .success(try await run.result())
        } catch {
            return .failure(error)
        }
    }
}
