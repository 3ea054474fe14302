import ArgumentParser
import Rehearsal
import VMMScripting

/// `vmmlua test`: tests of scripts over simulated guests.
struct TestCommand: Command {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Run the tests of scripts, over simulated guests.",
        discussion: """
            PATH is a file, or a folder in which all files that end in _test.lua are tests.
            Each test has guests and a clock of its own; time passes by itself.

            The exit code is 0 where all passed, 1 where one failed, and 2 where there is
            none or a file is not Lua.

            EXAMPLES:
              vmmlua test
              vmmlua test workflows --filter 'rolling-restart' --junit report.xml
              vmmlua test workflows/resize_test.lua --seeds 100
              vmmlua test workflows --coverage
            """
    )

    @OptionGroup(title: "Limits of each script that a test runs") var limits: LimitOptions

    @Option(help: ArgumentHelp("Run only the tests whose name contains it.", valueName: "text"))
    var filter: String?

    @Option(help: ArgumentHelp("Write a report in JUnit's format to a file.", valueName: "file"))
    var junit: String?

    @Option(help: ArgumentHelp("Run each test under so many seeds, from 0 up, until it fails.", valueName: "n"))
    var seeds: Int?

    @Option(help: ArgumentHelp("Run each test under that seed; 0, unless told, is the order of a run.", valueName: "n"))
    var seed: Int?

    @Flag(help: "Show which lines of the scripts ran, and which did not.")
    var coverage = false

    @Option(help: "text, or json: one document.")
    var output: OutputFormat = .text

    @Argument(help: "A file, or a folder.")
    var path = "."

    func validate() throws {
        if seed != nil, seeds != nil { throw ValidationError("give either --seed or --seeds") }
        if let seeds, seeds < 1 { throw ValidationError("--seeds is a number from 1 up") }
        if let seed, seed < 0 { throw ValidationError("--seed is a number from 0 up") }
    }

    func execute(console: Console) async throws(UsageError) -> ExitStatus {
        var report = TestReport()
        for script in try TestScript.all(below: path) {
            var file = script.testFile(limits: limits.limits)
            file.coversLines = coverage
            let tests: [TestFile.Test]
            do throws(ScriptError) {
                tests = try await file.tests()
            } catch {
                guard !error.isSyntaxError else { throw UsageError("not Lua: \(error)") }
                add(TestReport.Entry(script: script, fileFailure: error), to: &report, console)
                continue
            }
            for test in tests where filter.map(test.name.contains) ?? true {
                add(await perform(test, of: file, script, &report), to: &report, console)
            }
        }
        guard !report.entries.isEmpty else {
            throw UsageError(
                filter.map { "no test below '\(path)' has '\($0)' in its name" } ?? "there is no test below '\(path)'",
                hint: "a test is an it(…) in a file that ends in _test.lua"
            )
        }
        switch output {
        case .text:
            console.out.write(line: TestText.summary(of: report, seeds: seeds ?? 1))
            if coverage { for line in [""] + CoverageText.lines(report.coverage) { console.out.write(line: line) } }
        case .json: console.out.write(json: TestJSON.document(report, coversLines: coverage))
        }
        if let junit { try write(JUnitReport.text(report), toFile: junit) }
        return report.failed.isEmpty ? .done : .failed
    }

    /// Runs a test under each seed until it fails.
    private func perform(
        _ test: TestFile.Test,
        of file: TestFile,
        _ script: TestScript,
        _ report: inout TestReport
    ) async -> TestReport.Entry {
        let first = seed ?? 0
        var entry: TestReport.Entry?
        for offset in 0..<(seeds ?? 1) {
            // Only one seed is tried where the first is named.
            let seed = first + offset
            let result = await file.run(test, seed: UInt64(seed))
            var next = TestReport.Entry(script: script, result: result, seed: seed)
            next.duration += entry?.duration ?? .zero
            report.add(result.coverage)
            entry = next
            if !result.hasPassed { break }
        }
        return entry ?? TestReport.Entry(script: script, fileFailure: ScriptError(.script, "no seed was tried"))
    }

    private func add(_ entry: TestReport.Entry, to report: inout TestReport, _ console: Console) {
        if output == .text {
            if report.entries.last?.script.path != entry.script.path {
                console.out.write(line: entry.script.path.escapingControls)
            }
            for line in TestText.lines(of: entry) { console.out.write(line: line) }
        }
        report.entries.append(entry)
    }
}
