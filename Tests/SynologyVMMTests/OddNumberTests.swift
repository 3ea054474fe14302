import Foundation
import Testing
import VirtualMachines

@testable import SynologyVMM

/// Numbers that no NAS in good order answers, in every place of every answer: they are refused or left out, and nothing
/// that is reckoned with them overflows.
@Suite struct OddNumberTests {
    private static let numbers = [
        "0", "-0", "-1", "1", "101", "65536", "2147483648", "-2147483649", "4294967296", "9007199254740993",
        "9223372036854775807", "-9223372036854775808", "9223372036854775808", "18446744073709551616", "1e18", "9.3e18",
        "-9.3e18", "1e308", "-1e308", "1e-308", "0.5", "1e999", "4096.0",
    ]

    private static let extremes = ["-1", "9223372036854775807", "-9223372036854775808", "1e308"].map { Array($0.utf8) }

    @Test("an odd number in any place of an answer is taken or refused", arguments: try AnsweredCall.all)
    func anywhere(call: AnsweredCall) async throws {
        var refusals = 0
        for answer in call.answers {
            for place in answer.values {
                for number in Self.extremes {
                    var bytes = answer.bytes
                    bytes.replaceSubrange(place, with: number)
                    do throws(VMMError) { try await call.take(bytes) } catch { refusals += 1 }
                }
            }
        }
        #expect(refusals > 0)
    }

    @Test(
        "whatever a guest's numbers are, those that are taken are plausible",
        arguments: numbers
    )
    func guests(number: String) async throws {
        for dialect in DialectName.allCases { try await check(number, dialect) }
    }

    private func check(_ number: String, _ dialect: DialectName) async throws {
        let guest = #"""
            {"guest_id": "g", "guest_name": "g", "name": "g", "status": "running", "vcpu_num": \#(number),
             "vram_size": \#(number), "storage_size": \#(number), "autorun": \#(number)}
            """#
        let transport = StubTransport(serving: dialect, data: #"{"guests": [\#(guest)], "total": 1}"#)
        // 1e999 is no number of JSON's.
        guard let read = try? await transport.client().guests().first else { return #expect(number == "1e999") }
        #expect(read.vcpuCount.map { (1...65_535).contains($0) } ?? true)
        #expect(read.memoryMB.map { (1...Int(Int32.max)).contains($0) } ?? true)
        #expect(read.storageBytes.map { (0...1 << 60).contains($0) } ?? true)
        #expect(read.autorun.map { (0...2).contains($0) } ?? true)
        #expect(read.status == .running)
    }

    @Test("a page's total is refused where it can't be one, and the rest never adds up", arguments: numbers)
    func totals(number: String) async throws {
        let transport = StubTransport(data: #"{"guests": [], "total": \#(number)}"#)
        do {
            let guests = try await transport.client().guests()
            #expect(guests.isEmpty && ["0", "-0"].contains(number))
        } catch let error as VMMError {
            #expect(error.code == .badAnswer)
        }
    }

    @Test("a task's progress is a percentage or absent", arguments: numbers)
    func progress(number: String) async throws {
        let documented = StubTransport(data: #"{"task_id": "t", "status": "running", "progress": \#(number)}"#)
        let `public` = StubTransport(
            serving: .public,
            data: #"{"finish": false, "task_info": {"progress": \#(number)}}"#
        )
        for transport in [documented, `public`] {
            guard let report = try? await transport.client().task("t") else {
                #expect(number == "1e999")
                continue
            }
            #expect(report.progress.map { (0...100).contains($0) } ?? true)
        }
    }

    @Test("versions of an API that can't be are refused", arguments: numbers, ["minVersion", "maxVersion"])
    func versions(number: String, field: String) async throws {
        let entry = #"{"path": "entry.cgi", "minVersion": 1, "maxVersion": 7}"#
            .replacing(field == "minVersion" ? "1," : "7}", with: field == "minVersion" ? "\(number)," : "\(number)}")
        let transport = StubTransport { request in
            request.method == "query" ? #"{"success": true, "data": {"SYNO.API.Auth": \#(entry)}}"# : nil
        }
        let client = try transport.client()
        do throws(VMMError) {
            try await client.connect()
        } catch {
            #expect(error.code == .badAnswer)
        }
    }

    @Test("a refusal's number is taken as it is, or refused", arguments: numbers)
    func codes(number: String) async throws {
        let transport = StubTransport { request in
            request.api.hasPrefix("SYNO.API.") ? nil : #"{"success": false, "error": {"code": \#(number)}}"#
        }
        await #expect(throws: VMMError.self) { _ = try await transport.client().guests() }
    }

    @Test(
        "a date of numbers that no date has is none",
        arguments: [
            "Sun, 06 Nov 9999999999999 08:49:37 GMT", "Sun, 06 Nov -1994 08:49:37 GMT", "Sun, 99 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08:99:37 GMT", "Sun, 06 Nov 1994 08:49:61 GMT",
            "Sun, 9223372036854775807 Nov 1994 08:49:37 GMT", "Sun, 00 Nov 0000 00:00:00 GMT",
        ]
    )
    func dates(text: String) {
        #expect(Date(httpHeader: text) == nil)
    }
}
