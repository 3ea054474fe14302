import CBenchmarkFloor
import LuaRuntime

/// Code of honest scripts in the sandbox under all its limits, beside the same code in plain liblua.
func measureSandbox(_ report: inout Report) async throws {
    let state = try limitedState()
    for work in SandboxWork.all {
        let script = Array(work.source.utf8)
        let floor = try LuaFloor(waits: false)
        let rounds = try await Rounds(
            report.rounds,
            floor: { try await time(each: work.count) { try floor.run(work.source) } },
            ours: { try await time(each: work.count) { _ = try await state.run(script, name: "benchmark") } }
        )
        report.add(
            Measurement(
                work.name,
                .nanoseconds,
                rounds,
                floorName: nil,
                target: .ratio(work.target)
            )
        )
    }
    try await measureNext(in: state, &report)
    try await measureOpening(&report)
}

private func limitedState() throws -> LuaState {
    var configuration = LuaState.Configuration()
    configuration.limits.cpuTime = .seconds(3600)
    configuration.limits.memory = 256 << 20
    configuration.limits.source = 1 << 20
    configuration.limits.coroutines = 20_000
    configuration.limits.hostCalls = 1_000_000
    return try LuaState(configuration)
}

/// `next` by hand over ten times as many keys: what a key costs must not grow with their number, but for the sorting.
private func measureNext(in state: LuaState, _ report: inout Report) async throws {
    func seconds(keys: Int) async throws -> Double {
        let source = """
            local t = {} for i = 1, \(keys) do t["key" .. i] = i end
            for _ = 1, \(100_000 / keys) do local k = next(t) while k ~= nil do k = next(t, k) end end
            """
        return try await time(each: 100_000) { _ = try await state.run(Array(source.utf8), name: "benchmark") }
    }
    let rounds = try await Rounds(
        report.rounds,
        floor: { try await seconds(keys: 1_000) },
        ours: { try await seconds(keys: 10_000) }
    )
    report.add(
        Measurement(
            "next by hand over 10,000 keys, each",
            .nanoseconds,
            rounds,
            floorName: "the same over 1,000 keys",
            target: .ratio(2)
        )
    )
}

private func measureOpening(_ report: inout Report) async throws {
    let count = 200
    let rounds = try await Rounds(
        report.rounds,
        floor: { try await time(each: count) { for _ in 0..<count { _ = try LuaFloor(waits: false) } } },
        ours: { try await time(each: count) { for _ in 0..<count { sandbox_open_and_close() } } }
    )
    report.add(
        Measurement(
            "a state with the sandbox, opened and closed",
            .nanoseconds,
            rounds,
            floorName: "a bare state with libraries",
            target: .ratio(2)
        )
    )
}

/// A loop of plain Lua, and how many times it does its work.
private struct SandboxWork {
    let name: String
    let count: Int
    let target: Double
    let source: String

    /// `body` is done `count` times, after `setUp`.
    init(_ name: String, target: Double, count: Int = 100_000, setUp: String = "", _ body: String) {
        self.name = name
        self.count = count
        self.target = target
        self.source = "\(setUp) for i = 1, \(count) do \(body) end"
    }

    static let all =
        [
            SandboxWork(
                "VM: arithmetic, tables, closures",
                target: 1.05,
                count: 300_000,
                setUp: "local t, f, x = {}, function(a, b) return a + b end, 0",
                "t[i & 255] = x; x = f(t[(i + 1) & 255] or i, i) % 1000"
            )
        ] + strings + tables + traversals

    private static let strings: [SandboxWork] = [
        ("find, plain", "local _ = text:find('operator', 1, true)"),
        ("find, pattern", "local _ = text:find('(%a+) of (%a+)')"),
        ("match", "local _ = text:match('(%d+)%-(%d+)')"),
        ("gmatch", "for _ in text:gmatch('%a+') do end"),
        ("gsub, string", "local _ = text:gsub('%s+', ' ')"),
        ("gsub, function", "local _ = text:gsub('%d', function(d) return d end)"),
        ("rep", "local _ = ('ab'):rep(50, ',')"),
        ("format", "local _ = ('%s: %d, %5.1f'):format(text, i, i)"),
        ("upper", "local _ = text:upper()"),
        ("reverse", "local _ = text:reverse()"),
        ("sub", "local _ = text:sub(3, 10)"),
        ("byte", "local _ = text:byte(i & 31)"),
        ("char", "local _ = string.char(65, 66, 67)"),
        ("pack", "local _ = string.pack('<i4s2', i, text)"),
        ("utf8.len", "local _ = utf8.len(text)"),
    ]
    .map { name, body in
        let text = "local text = 'the rolling restart of guest 12-345 was asked for by the operator on duty'"
        return SandboxWork("string: " + name, target: 1.3, count: 20_000, setUp: text, body)
    }

    private static let tables: [SandboxWork] = [
        ("insert and remove", "local t = {}", "table.insert(t, i); if i % 2 == 0 then table.remove(t) end"),
        ("insert in front", "local t = {}", "table.insert(t, 1, i); if #t > 100 then t = {} end"),
        ("concat", "local t = {} for i = 1, 100 do t[i] = 'part' .. i end", "local _ = table.concat(t, ', ')"),
        ("unpack", "local t = {1, 2, 3, 4, 5, 6, 7, 8}", "local _ = table.unpack(t)"),
        ("pack", "", "local _ = table.pack(i, i, i)"),
        ("move", "local t = {} for i = 1, 100 do t[i] = i end", "table.move(t, 1, 100, 2, {})"),
        (
            "sort, 100 numbers", "local n = {} for i = 1, 100 do n[i] = (i * 7919) % 101 end",
            "local t = table.move(n, 1, 100, 1, {}); table.sort(t)"
        ),
        (
            "sort, 100 by a function", "local n = {} for i = 1, 100 do n[i] = (i * 7919) % 101 end",
            "local t = table.move(n, 1, 100, 1, {}); table.sort(t, function(a, b) return a > b end)"
        ),
    ]
    .map {
        SandboxWork("table: " + $0.0, target: 1.3, count: $0.2.contains("sort") ? 1_000 : 20_000, setUp: $0.1, $0.2)
    }

    private static let traversals: [SandboxWork] = [
        ("an array of 1,000", 1.3, "for i = 1, 1000 do t[i] = i end", 100),
        ("100 string keys", 6, "for i = 1, 100 do t['key' .. i] = i end", 200),
        ("10,000 string keys", 8, "for i = 1, 10000 do t['key' .. i] = i end", 4),
    ]
    .map { name, target, fill, count in
        SandboxWork(
            "pairs: " + name,
            target: target,
            count: count,
            setUp: "local t, n = {}, 0 \(fill)",
            "for k, v in pairs(t) do n = n + v end"
        )
    }
}
