import Foundation
import Testing

@testable import vmmlua

/// Whole commands, fed with numbers that make no sense: by a NAS, a scenario, a test, a script, a flag, or a file of an earlier run.
///
/// `scripts/fuzz numbers` tries other cases than these for as long as it is told.
@Suite struct OddNumberTests {
    private static let environment = ProcessInfo.processInfo.environment
    /// With what a case has to end: what the command's contract says.
    private static let statuses: Set<Int32> = [0, 1, 2, 3, 4, 5, 6, 75]

    @Test func `no number ends a command but by its contract`() async throws {
        let first = Self.environment["VMMLUA_FUZZ_SEED"].flatMap { Int($0) } ?? 0
        let seconds = Self.environment["VMMLUA_FUZZ_SECONDS"].flatMap { Double($0) }
        let end = seconds.map { ContinuousClock.now + .seconds($0) }
        var seed = first
        while end.map({ ContinuousClock.now < $0 }) ?? (seed < first + 40) {
            let ending = try await Self.ending(of: OddCase(seed: seed), seed: seed)
            if ending.isKilled || !Self.statuses.contains(ending.status) {
                Issue.record(
                    """
                    seed \(seed), \(ending.isKilled ? "signal" : "status") \(ending.status); again: VMMLUA_FUZZ_SEED=\(seed)
                    \(OddCase(seed: seed).arguments)
                    \(ending.err.suffix(2_000))
                    """
                )
                return
            }
            seed += 1
        }
    }

    @Test func `a plan that takes no time is drawn with the guests that it leaves under way`() async throws {
        let source = "vmm.shutdown('web-1') async.sleep(1e-18)"
        let ending = try await withFile(source, named: "s.lua") { path in
            try await vmmlua("plan", path, "--simulate", "--svg", path + ".svg")
        }
        #expect(ending.status == 0, "\(ending.err)")
        #expect(ending.out.contains("stays down"))
    }

    @Test func `the last of all seeds is one to test under`() async throws {
        try await withFile("it('passes', function() end)", named: "a_test.lua") { path in
            let ending = try await vmmlua("test", path, "--seed", "\(Int.max)")
            #expect(ending.status == 0, "\(ending.err)")
        }
    }

    @Test func `a list that says it has as many guests as there are numbers is rolled over like any other`()
        async throws
    {
        let source = """
            local guests = setmetatable({}, { __len = function() return math.maxinteger end })
            flow.rolling(guests, { batch = "100%" }, function() end)
            """
        let ending = try await withFile(source, named: "s.lua") { path in try await vmmlua("run", path, "--simulate") }
        #expect(!ending.isKilled && [0, 1].contains(ending.status), "\(ending.err)")
    }

    private static func ending(of odd: OddCase, seed: Int) async throws -> RunningCommand.Ending {
        let folder = FileManager.default.temporaryDirectory.appending(path: "vmmlua-odd-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for file in odd.files { try Data(file.text.utf8).write(to: folder.appending(path: file.name)) }
        let arguments = odd.arguments.map { $0.replacing("FOLDER", with: folder.path) }
        let state = folder.appending(path: "state")
        switch odd.machines {
        case .none: return try await ending(of: arguments, state, [:])
        case .simulated: return try await ending(of: arguments + ["--simulate"], state, [:])
        case .odd:
            return try await OddNAS(seed: seed).server
                .whileServing { url in
                    if let history = odd.history, let place = URL(string: url), let port = place.port {
                        let durations = state.appending(path: "vmmlua/durations")
                        try FileManager.default.createDirectory(at: durations, withIntermediateDirectories: true)
                        try Data(history.utf8).write(to: durations.appending(path: "127.0.0.1:\(port).json"))
                    }
                    return try await ending(of: arguments, state, CommandNAS.environment(url))
                }
        }
    }

    /// A case that doesn't end is one that failed.
    private static func ending(
        of arguments: [String],
        _ state: URL,
        _ environment: [String: String]
    ) async throws -> RunningCommand.Ending {
        let environment = environment.merging(["XDG_STATE_HOME": state.path]) { $1 }
        let command = try RunningCommand(arguments, environment: environment)
        let watchdog = Task {
            try await Task.sleep(for: .seconds(120))
            command.kill()
        }
        defer { watchdog.cancel() }
        return await command.ending()
    }
}
