import LuaRuntime
import Synchronization
import Testing
import VirtualMachines

@testable import VMMScripting

@Suite struct ProbeTests {
    // MARK: What may be probed

    /// What a script with these permissions may connect to of a host with the addresses 10.0.0.1 and 192.168.0.1.
    @Test(arguments: [
        (["net"], [], ["10.0.0.1:80"]),
        (["net:web-1"], [], ["10.0.0.1:80"]),
        (["net:WEB-*:80"], [], ["10.0.0.1:80"]),
        (["net:10.0.0.0/8:80"], [], ["10.0.0.1:80"]),
        (["net:192.168.0.0/16"], [], ["192.168.0.1:80"]),
        (["net:192.168.0.1", "net:web-1"], ["net:10.0.0.0/8"], ["192.168.0.1:80"]),
        (["net"], ["net:10.0.0.1:80"], ["192.168.0.1:80"]),
        (["net"], ["net:10.0.0.1:443"], ["10.0.0.1:80"]),
        ([], [], []),
        (["net:10.0.0.0/8:443"], [], []),
        (["net:172.16.0.0/12"], [], []),
        (["net:web-2"], [], []),
        (["net"], ["net:web-*"], []),
        (["net:10.0.0.0/8"], ["net:web-1:80"], []),
        (["net:web-1"], ["net:10.0.0.0/8", "net:192.168.0.0/16"], []),
        (["net:10.0.0.0/8"], ["net:10.0.0.0/24"], []),
        (["net"], ["net"], []),
    ])
    func `a probe goes where a grant names the host or holds the address, and no denial does`(
        _ allow: [String],
        _ deny: [String],
        _ connected: [String]
    ) async throws {
        let prober = StubProber(["web-1": ["10.0.0.1", "192.168.0.1"]])
        let test = try TestHost(prober, allow: allow, deny: deny)
        let failure = try await test.failure("assert(probe.tcp('web-1', 80))")
        #expect(prober.asked.filter { $0 != "web-1" } == connected)
        #expect(failure?.kind == (connected.isEmpty ? .permissionDenied : nil))
    }

    @Test(arguments: [([], []), (["net:web-2"], []), (["net:10.0.0.0/8:443"], []), (["net"], ["net:web-1"])])
    func `a name that can't be allowed is not even looked up`(_ allow: [String], _ deny: [String]) async throws {
        let prober = StubProber()
        let test = try TestHost(prober, allow: allow, deny: deny)
        #expect(try await test.failure("probe.tcp('web-1', 80)")?.kind == .permissionDenied)
        #expect(prober.asked.isEmpty)
    }

    @Test(arguments: [
        ("WEB-1", "net:web-1"), ("web-1.", "net:web-1"), ("::ffff:10.0.0.1", "net:10.0.0.1"), ("a", "net:127.0.0.0/8"),
        ("0.0.0.0", "net:127.0.0.0/8"), ("::", "net:[::1]"), ("2130706433", "net:127.0.0.1"), ("b", "net:[fe80::]/10"),
    ])
    func `a denial is not got round by another spelling`(_ host: String, _ deny: String) async throws {
        let prober = StubProber([
            "WEB-1": ["10.0.0.1"], "web-1.": ["10.0.0.1"], "a": ["::ffff:127.0.0.1"], "2130706433": ["127.0.0.1"],
            "b": ["fe80::1%eth0"],
        ])
        let failure = try await TestHost(prober, deny: [deny]).failure("probe.tcp('\(host)', 80)")
        #expect(failure?.kind == .permissionDenied)
        #expect(failure?.hint?.contains(deny) == true)
    }

    @Test func `no address in particular is the machine itself`() async throws {
        let prober = StubProber()
        try await TestHost(prober).run("probe.tcp('0.0.0.0', 80)")
        #expect(prober.asked == ["0.0.0.0", "127.0.0.1:80"])
    }

    @Test func `a refusal names the host, its address, and what would allow it`() async throws {
        let failure = try await TestHost(StubProber(), allow: ["net:11.0.0.0/8"]).failure("probe.tcp('web-1', 80)")
        #expect(failure?.message == "the script lacks the permission net for web-1:80 (10.0.0.1)")
        #expect(failure?.hint == "allow it with --allow 'net:web-1:80'")
    }

    @Test func `a URL is checked by its host and its port`() async throws {
        let prober = StubProber()
        let test = try TestHost(prober, allow: ["net:web-1:443"])
        #expect(try await test.run("return probe.http('https://Web-1/ok')") == [true])
        #expect(try await test.failure("probe.http('http://web-1/ok')")?.kind == .permissionDenied)
        #expect(prober.asked == ["web-1", "10.0.0.1 https://web-1:443/ok"])
    }

    @Test func `a host without a prober has nothing to probe with`() async throws {
        let failure = try await TestHost(allow: ["net"]).failure("probe.tcp('web-1', 80)")
        #expect(failure?.kind == .unsupported)
        #expect(failure?.message == "probe.tcp: nothing can be probed from here")
    }

    // MARK: Arguments

    @Test(arguments: [
        ("tcp('web-1', 0)", "argument 2 (port) must be a port from 1 to 65535, not 0"),
        ("tcp('web-1', 65536)", "argument 2 (port) must be a port from 1 to 65535, not 65536"),
        ("tcp('web 1', 80)", "argument 1 (host) must be a name or an address, not \"web 1\""),
        ("tcp('\\xFF', 80)", "argument 1 (host) is not UTF-8: \"\\xff\""),
        ("tcp(vmm.get('web-1'), 80)", "argument 1 (host) must be a string, not a table"),
        ("tcp('web-1', 80, { within = 5 })", "there is no option 'within'"),
        (
            "http('ftp://web-1/')",
            "argument 1 (url) must be an http or https URL without account and password, not \"ftp://web-1/\""
        ),
        (
            "http('http://op:secret@web-1/')",
            "argument 1 (url) must be an http or https URL without account and password"
        ),
        ("http('http://web-1/', { status = 'ok' })", "option status must be a whole number, not \"ok\""),
        ("http('http://web-1/', { body = '[a' })", "option body must be a Lua pattern, not '[a'"),
        ("stable('soon', print)", "argument 1 (duration) must be seconds from 0 up"),
        ("stable('1m', { every = 0 }, print)", "option every must be longer than 0"),
        ("stable('1m')", "argument 2 (fn) must be a function, not nothing"),
    ])
    func `a wrong argument is named, and nobody is asked`(_ call: String, _ message: String) async throws {
        let prober = StubProber()
        let failure = try await TestHost(prober).failure("probe.\(call)")
        #expect(failure?.kind == .badArgument)
        #expect(failure?.message.contains(message) == true, "\(failure?.message ?? "")")
        #expect(failure?.message.contains("secret") == false)
        #expect(prober.asked.isEmpty)
    }

    // MARK: Answers

    @Test func `what takes a connection is up`() async throws {
        #expect(try await TestHost(StubProber()).run("return probe.tcp('web-1', 80)") == [true])
        #expect(try await TestHost(StubProber()).run("return probe.http('http://web-1/')") == [true])
    }

    @Test(arguments: [
        (ProbeFailure.refused, "connection refused"), (.noConnection, "no answer within 10s"),
        (.noAnswer, "no answer within 10s"),
        (.unreachable("there is no way to that address"), "there is no way to that address"),
        (.unintelligible("it doesn't speak HTTP as it should"), "it doesn't speak HTTP as it should"),
    ])
    func `what doesn't answer is down, for a reason`(_ failure: ProbeFailure, _ reason: String) async throws {
        let test = try TestHost(StubProber { _ throws(CancellationError) in .failed(failure) })
        #expect(try await test.run("return probe.http('http://web-1/')") == [false, .string(reason)])
    }

    @Test func `a name that nobody knows is down`() async throws {
        let values = try await TestHost(StubProber()).run("return probe.tcp('web-2', 80)")
        #expect(values == [false, "the name web-2 is not known"])
    }

    @Test(arguments: [
        ("", true, nil), ("{ status = 200 }", true, nil), ("{ status = 204 }", false, "answered 200, expected 204"),
        ("{ body = '^ready: %d+$' }", true, nil), ("{ body = 'ok' }", false, "the body doesn't match 'ok'"),
        ("{ body = '\\0.', status = 200 }", false, "the body doesn't match '\\0.'"),
    ])
    func `status and body are judged`(_ options: String, _ isUp: Bool, _ reason: String?) async throws {
        let answer = HTTPAnswer(status: 200, body: Array("ready: 12".utf8))
        let test = try TestHost(StubProber { _ throws(CancellationError) in .answered(answer) })
        let call = options.isEmpty ? "" : ", \(options)"
        let values = try await test.run("return probe.http('http://web-1/'\(call))")
        #expect(values.first == .boolean(isUp))
        #expect(values.dropFirst().first?.text == reason.map { $0.replacing("\\0", with: "\0") })
    }

    @Test func `a body is bytes`() async throws {
        let answer = HTTPAnswer(status: 200, body: [0, 0xFF, 0x0A])
        let test = try TestHost(StubProber { _ throws(CancellationError) in .answered(answer) })
        #expect(try await test.run(#"return probe.http('http://web-1/', { body = '^%z\xFF\n$' })"#) == [true])
    }

    @Test func `a pattern that turns out to be none is the script's fault`() async throws {
        let answer = HTTPAnswer(status: 200, body: Array("ready".utf8))
        let test = try TestHost(StubProber { _ throws(CancellationError) in .answered(answer) })
        #expect(try await test.failure("probe.http('http://web-1/', { body = 'r[' })")?.kind == .badArgument)
    }

    @Test func `a script that overwrites the libraries is told the same`() async throws {
        let test = try TestHost(StubProber())
        let theft = "string.find, string.format, math.min = nil, nil, nil"
        #expect(
            try await test.run("\(theft) return probe.http('http://web-1/', { status = 1 })") == [
                false, "answered 200, expected 1",
            ]
        )
    }

    @Test func `an address that takes no connection is followed by the next`() async throws {
        let prober = StubProber(["web-1": ["10.0.0.1", "10.0.0.2", "10.0.0.3"]]) { address throws(CancellationError) in
            address == "10.0.0.3"
                ? .answered(HTTPAnswer(status: 200, body: []))
                : .failed(address == "10.0.0.1" ? .refused : .noConnection)
        }
        #expect(try await TestHost(prober).run("return probe.http('http://web-1/')") == [true])
    }

    @Test func `the first reason is told, and nobody is asked twice who has taken the connection`() async throws {
        let down = StubProber(["web-1": ["10.0.0.1", "10.0.0.2"]]) { address throws(CancellationError) in
            .failed(address == "10.0.0.1" ? .refused : .noConnection)
        }
        #expect(try await TestHost(down).run("return probe.tcp('web-1', 80)") == [false, "connection refused"])
        let silent = StubProber(["web-1": ["10.0.0.1", "10.0.0.2"]]) { _ throws(CancellationError) in .failed(.noAnswer)
        }
        #expect(try await TestHost(silent).run("return (probe.http('http://web-1/'))") == [false])
        #expect(silent.asked == ["web-1", "10.0.0.1 http://web-1:80/"])
    }

    @Test(arguments: [true, false])
    func `an assumed answer stands as it is`(_ isUp: Bool) async throws {
        let probers = [
            StubProber(lookup: { _ in .assumed(isUp) }, answer: { _ throws(CancellationError) in .failed(.refused) }),
            StubProber { _ throws(CancellationError) in .assumed(isUp) },
        ]
        for prober in probers {
            let test = try TestHost(prober)
            let values = try await test.run(
                "return probe.http('http://web-1/', { status = 418, body = 'x' }), probe.tcp('web-1', 80)"
            )
            #expect(values == [.boolean(isUp), .boolean(isUp)] + (isUp ? [] : ["assumed not to answer"]))
        }
    }

    @Test func `a probe is a read, and is reported as one`() async throws {
        let test = try TestHost(StubProber())
        try await test.run("probe.tcp('web-1', 80) probe.http('http://web-1/')")
        #expect(test.events.ended == ["probe.tcp", "probe.http"])
        for case .ended(let report, _) in test.events.all { #expect(report.operationClass == .read) }
    }

    // MARK: Ending

    @Test func `a probe that is cancelled ends at once`() async throws {
        let (asked, continuation) = AsyncStream<Void>.makeStream()
        let prober = StubProber { _ throws(CancellationError) in
            continuation.yield()
            let (silence, end) = AsyncStream<Void>.makeStream()
            for await _ in silence {}
            end.finish()
            throw CancellationError()
        }
        var test = try TestHost(prober)
        test.configuration.onIdle = nil
        let run = try await test.host.start(
            "local ok, e = pcall(probe.http, 'http://web-1/', { timeout = math.huge }) print(ok, e.kind)",
            named: "test.lua"
        )
        for await _ in asked { break }
        run.cancel()
        await #expect(throws: Never.self) { try await run.result() }
        #expect(test.events.printed == "false\tcancelled\n")
    }

    // MARK: probe.stable

    @Test(arguments: [
        ("'20s', function() return true end", true, nil, [0, 5, 10, 15, 20]),
        ("'12s', function() return true end", true, nil, [0, 5, 10, 12]),
        ("0, function() return 1 end", true, nil, [0]),
        ("'1m', { every = '30s' }, function() return true end", true, nil, [0, 30, 60]),
        ("'1m', { every = '2m' }, function() return true end", true, nil, [0, 60]),
        ("'1m', function() end", false, "fn did not hold at its first call", [0]),
        ("'1m', { every = 4 }, function() return #calls < 4 end", false, "fn did not hold after 12s", [0, 4, 8, 12]),
        ("'1m', function() return nil, 'it is down' end", false, "it is down", [0]),
        ("'20s', function() async.sleep(3) return true end", true, nil, [0, 5, 10, 15, 20]),
        ("'20s', function() async.sleep(8) return true end", true, nil, [0, 8, 16]),
        ("math.huge, function() return #calls < 3 end", false, "fn did not hold after 10s", [0, 5, 10]),
    ])
    func `stable calls fn at once and in turn until the time is over or it doesn't hold`(
        _ arguments: String,
        _ held: Bool,
        _ reason: String?,
        _ calls: [Int]
    ) async throws {
        let values = try await TestHost()
            .run(
                """
                calls = {}
                local arguments = table.pack(\(arguments))
                local fn = arguments[arguments.n]
                arguments[arguments.n] = function()
                  calls[#calls + 1] = string.format("%.0f", os.clock())
                  return fn()
                end
                local held, reason = probe.stable(table.unpack(arguments, 1, arguments.n))
                return held, reason, table.concat(calls, " ")
                """
            )
        #expect(values.first == .boolean(held))
        #expect(values[1].text == reason)
        #expect(values[2].text == calls.map { "\($0)" }.joined(separator: " "))
    }

    @Test func `stable raises what fn raises, and is cancelled in between`() async throws {
        let test = try TestHost()
        #expect(try await test.failure("probe.stable('1m', function() error('no', 0) end)")?.message == "no")
        let values = try await test.run(
            """
            local h = async.spawn(probe.stable, math.huge, function() return true end)
            async.sleep("1h")
            h:cancel()
            local ok, e = pcall(h.await, h)
            return ok, e.kind
            """
        )
        #expect(values == [false, "cancelled"])
    }

    @Test func `what a probe tells is what stable tells`() async throws {
        let count = Mutex(0)
        let prober = StubProber { _ throws(CancellationError) in
            let isDown = count.withLock { count in
                count += 1
                return count > 2
            }
            return isDown ? .failed(.refused) : .answered(HTTPAnswer(status: 200, body: []))
        }
        let values = try await TestHost(prober)
            .run("return probe.stable('1m', function() return probe.tcp('web-1', 80) end)")
        #expect(values == [false, "connection refused"])
    }
}
