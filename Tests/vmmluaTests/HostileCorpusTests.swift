import Testing

@Suite struct HostileCorpusTests {
    @Test("no script of the hostile corpus gets the better of its host, and a healthy one runs after each")
    func corpus() async throws {
        let ending = try await RunningCommand([], program: "hostile-corpus").ending()
        #expect(ending.status == 0, "\(ending.out)\(ending.err)")
        let passed = ending.lines.last?.split(separator: " ").first.flatMap { Int($0) } ?? 0
        #expect(passed >= 200, "\(ending.out)")
    }
}
