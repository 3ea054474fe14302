import Testing
import VirtualMachines

@testable import SynologyVMM

/// What is made of answers, good and bad.
@Suite struct DecodingTests {
    private func client(answering text: String) throws -> SynologyClient {
        try StubTransport { request in request.api.hasPrefix("SYNO.API.") ? nil : text }.client()
    }

    private func guest(_ members: String) async throws -> Guest {
        let client = try client(answering: #"{"success": true, "data": {\#(members)}}"#)
        return try await client.guest("vm-1", additional: [])
    }

    private static let required =
        #""guest_id": "vm-1", "guest_name": "a", "status": "running", "vcpu_num": 2, "vram_size": 512"#

    @Test("unknown fields pass through in order, and a status word that isn't known keeps its spelling")
    func passThrough() async throws {
        let text = Self.required.replacing("running", with: "ha_standby")
        let guest = try await guest("\"b\": [1], \(text), \"a\": {\"x\": null}")
        #expect(guest.status == .unknown)
        #expect(guest.rawStatus == "ha_standby")
        #expect(guest.extra == ["b": [1], "a": ["x": .null]])
        #expect(guest.storageBytes == nil)
        #expect(guest.autorun == nil)
    }

    @Test("the three documented words are known", arguments: ["running", "stopped", "paused"])
    func statuses(word: String) async throws {
        let guest = try await guest(Self.required.replacing("running", with: word))
        #expect(guest.status.rawValue == word)
    }

    @Test("a whole number with a fraction of zero is taken")
    func wholeFraction() async throws {
        #expect(try await guest(Self.required.replacing("512", with: "512.0")).memoryMB == 512)
    }

    @Test("an id that is missing or of a wrong type is named with what came and what was expected")
    func wrongID() async throws {
        let missing = try await failure(.badAnswer) {
            _ = try await guest(Self.required.replacing("guest_id", with: "renamed"))
        }
        #expect(missing.message.contains("SYNO.Virtualization.Guest Get answered without 'guest_id'"))
        let wrong = try await failure(.badAnswer) {
            _ = try await guest(Self.required.replacing("\"vm-1\"", with: "7"))
        }
        #expect(wrong.message.contains("with a number as 'guest_id', expected a string"))
    }

    @Test(
        "an answer that isn't the DSM API's says what it is",
        arguments: [
            ("<!DOCTYPE html><html>", "a web page"), ("  \n<html>", "a web page"), ("", "with nothing"),
            (#"{"success": true, "data": {"gue"#, "cut short after 31 bytes"), ("hello", "malformed JSON"),
            ("[1]", "without 'success'"), (#"{"success": false}"#, "without error.code"),
            (#"{"success": true}"#, "'guest_id'"), (#"{"success": true, "data": 1}"#, "a number as data"),
        ]
    )
    func notTheAPI(text: String, word: String) async throws {
        let client = try client(answering: text)
        let error = try await failure(.badAnswer) { _ = try await client.guest("vm-1", additional: []) }
        #expect(error.message.contains(word), "\(error)")
        #expect(!error.message.contains("\n"))
        #expect(error.api == "SYNO.Virtualization.Guest")
    }

    @Test("a text that a NAS made up keeps to one line and to a name's length in a message")
    func foreignText() async throws {
        let parameter = #"a\n\u001b[2J\u202e\#(String(repeating: "b", count: 1_000))"#
        let refused = #"{"success": false, "error": {"code": 400, "errors": {"name": "\#(parameter)"}}}"#
        let refusal = try await failure(.badArgument) { _ = try await client(answering: refused).powerOn("vm-1") }
        #expect(refusal.message.contains("('a\u{FFFD}\u{FFFD}[2J\u{FFFD}bbb"))
        #expect(refusal.message.contains("b…')"))
        #expect(refusal.message.utf8.count < 300)

        let catalog = #"{"success": true, "data": {"\#(parameter)": 1}}"#
        let discovery = try await failure(.badAnswer) {
            _ = try await StubTransport { _ in catalog }.client().connect()
        }
        #expect(discovery.message.contains("'a\u{FFFD}\u{FFFD}[2J\u{FFFD}bbb"))
        #expect(discovery.message.utf8.count < 300)
    }

    @Test("a task without a known status is a bad answer, and its error may come in any form")
    func tasks() async throws {
        func task(_ members: String) async throws -> TaskReport {
            try await client(answering: #"{"success": true, "data": {"task_id": "t", \#(members)}}"#).task("t")
        }
        _ = try await failure(.badAnswer) { _ = try await task(#""status": "odd""#) }
        let bare = try await task(#""status": "completed""#)
        #expect(bare == TaskReport(id: "t", status: .completed))
        let errors = [
            (#""disk full""#, "disk full"), (#"{"code": 401}"#, "error 401"), (#"{"message": "no", "code": 1}"#, "no"),
            (#"{"x": 1}"#, #"{"x":1}"#), ("7", "7"),
        ]
        for (error, failure) in errors {
            #expect(try await task("\"status\": \"failed\", \"error\": \(error)").failure == failure)
        }
    }

    @Test(
        "a number is read by the table of its API",
        arguments: [
            (400, .badArgument), (401, .wrongState), (402, .unsupported), (403, .accessDenied), (404, .notFound),
            (405, .insufficientResources), (105, .accessDenied), (160, .accessDenied), (118, .busy),
            (102, .unsupported), (999, .badAnswer), (100, .badAnswer),
        ] as [(Int, VMMError.Code)]
    )
    func codes(number: Int, code: VMMError.Code) async throws {
        let answer = #"{"success": false, "error": {"code": \#(number), "errors": {"name": "guest_id"}}}"#
        let client = try client(answering: answer)
        let error = try await failure(code) { _ = try await client.powerOn("vm-1") }
        #expect(error.apiCode == number)
        #expect(error.guest == "vm-1")
        #expect(error.message.contains("SYNO.Virtualization.Guest PowerOn, code \(number)"))
    }
}
