import Foundation

/// Measures what this project adds to what Lua, C and Python take themselves.
@main
enum Benchmark {
    static func main() async {
        do {
            let options = try Options(CommandLine.arguments.dropFirst())
            var report = Report(rounds: options.rounds)
            // First of all: what starts a program counts as part of the program's peak, so it must still be small.
            if options.measures("start") { try await measureColdStart(of: options.command, &report) }
            if options.measures("tasks") { try await measureWaitingTasks(of: options.command, &report) }
            if options.measures("client") { try await measureManyCalls(options.command, &report) }
            if options.measures("workflows") { try await measurePlans(options.command, &report) }
            if options.measures("calls") { try await measureHostCalls(&report) }
            if options.measures("guests") { try await measureGuestList(&report) }
            if options.measures("sandbox") { try await measureSandbox(&report) }
            if options.measures("client") { try await measureClient(options, &report) }
            if options.measures("workflows") { try measureRollingRestarts(options, &report) }
            print(options.writesJSON ? report.json.text : report.table)
        } catch {
            FileHandle.standardError.write(Data("benchmark: \(error)\n".utf8))
            exit((error as? BenchmarkError)?.isUsage == true ? 2 : 1)
        }
    }
}
