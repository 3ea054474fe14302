import Synchronization
import Testing
import VirtualMachines

@testable import SynologyVMM

/// One guest that a NAS describes in a way that can't be read hides no other.
@Suite struct OddGuestTests {
    /// A field that can't be read, and what of the guest is absent for it.
    struct Oddity: Sendable, CustomTestStringConvertible {
        var field: String
        /// JSON; nil for a field that isn't there.
        var value: String?
        var testDescription: String { "\(field): \(value ?? "missing")" }
    }

    private static let oddities: [Oddity] = [
        .init(field: "status", value: nil), .init(field: "status", value: "null"), .init(field: "status", value: "7"),
        .init(field: "vcpu_num", value: nil), .init(field: "vcpu_num", value: "null"),
        .init(field: "vcpu_num", value: "-1"), .init(field: "vcpu_num", value: "9223372036854775807"),
        .init(field: "vcpu_num", value: "1e300"), .init(field: "vcpu_num", value: "\"2\""),
        .init(field: "vram_size", value: nil), .init(field: "vram_size", value: "-9223372036854775808"),
        .init(field: "vram_size", value: "9223372036854775807"), .init(field: "vram_size", value: "1.5"),
        .init(field: "autorun", value: "null"), .init(field: "autorun", value: "-1"),
        .init(field: "autorun", value: "99999999999"), .init(field: "description", value: "null"),
        .init(field: "description", value: "[]"), .init(field: "host_name", value: "{}"),
        .init(field: "name", value: nil), .init(field: "name", value: "null"),
    ]

    private static func name(of field: String, in dialect: DialectName) -> String {
        switch (dialect, field) {
        case (.internal, "description"): "desc"
        case (.internal, "name"): "name"
        case (_, "name"): "guest_name"
        default: field
        }
    }

    private static func guest(_ id: String, _ dialect: DialectName, but oddity: Oddity? = nil) -> String {
        var members = [
            ("guest_id", "\"\(id)\""), ("name", "\"n-\(id)\""), ("status", "\"running\""), ("vcpu_num", "2"),
            ("vram_size", "1048576"), ("autorun", "1"), ("description", "\"d\""), ("host_name", "\"h\""),
        ]
        if let oddity {
            members.removeAll { $0.0 == oddity.field }
            if let value = oddity.value { members.append((oddity.field, value)) }
        }
        return "{" + members.map { "\"\(name(of: $0.0, in: dialect))\": \($0.1)" }.joined(separator: ", ") + "}"
    }

    /// A client of a NAS that answers lists with `guests` and gets with the last of them, and what it gives notice of.
    private static func client(_ guests: [String], _ dialect: DialectName) throws -> (SynologyClient, Told) {
        let list = #"{"guests": [\#(guests.joined(separator: ", "))], "total": \#(guests.count)}"#
        let transport = StubTransport(serving: dialect) { request in
            switch request.method.lowercased() {
            case "list": #"{"success": true, "data": \#(list)}"#
            case "get": #"{"success": true, "data": \#(guests.last ?? "{}")}"#
            default: nil
            }
        }
        let told = Told()
        return (try transport.client(notice: told.note), told)
    }

    @Test(arguments: DialectName.allCases, oddities)
    func `a guest with a field that can't be read is listed with the others, and told once`(
        _ dialect: DialectName,
        _ oddity: Oddity
    ) async throws {
        let guests = [Self.guest("a", dialect), Self.guest("odd", dialect, but: oddity)]
        let (client, told) = try Self.client(guests, dialect)
        let listed = try await client.guests()
        _ = try await client.guests()
        let alone = try await client.guest("odd", additional: [])
        #expect(listed.map(\.id) == ["a", "odd"])
        #expect(listed[0].vcpuCount == 2 && listed[0].status == .running)
        for odd in [listed[1], alone] {
            #expect(odd.status == (oddity.field == "status" ? .inaccessible : .running))
            #expect((odd.vcpuCount == nil) == (oddity.field == "vcpu_num"))
            #expect((odd.memoryMB == nil) == (oddity.field == "vram_size"))
            #expect((odd.autorun == nil) == (oddity.field == "autorun"))
            #expect((odd.description == nil) == (oddity.field == "description"))
            #expect((odd.hostName == nil) == (oddity.field == "host_name"))
            #expect(odd.name == (oddity.field == "name" ? "odd" : "n-odd"))
            #expect(odd.isNameKnown == (oddity.field != "name"))
        }
        let notice = try #require(told.all.first)
        #expect(told.all.count == 1)
        #expect(notice.contains("odd") && notice.contains("'\(Self.name(of: oddity.field, in: dialect))'"), "\(notice)")
    }

    @Test(arguments: DialectName.allCases, ["null", "7", "\"\"", nil])
    func `a guest without an id that can't be read is left out, and that is told`(
        _ dialect: DialectName,
        _ id: String?
    ) async throws {
        let odd = Self.guest("odd", dialect, but: Oddity(field: "guest_id", value: id))
        let (client, told) = try Self.client(
            [Self.guest("a", dialect), odd, "null", Self.guest("b", dialect)],
            dialect
        )
        for _ in 0..<2 { #expect(try await client.guests().map(\.id) == ["a", "b"]) }
        #expect(told.all.count == 2)
        #expect(told.all.first?.hasPrefix("the guest n-odd is left out, as its id can't be read: ") == true)
        #expect(told.all.last?.hasPrefix("the guest at place 3 of the list is left out") == true)
    }

    @Test(arguments: [DialectName.public, .internal])
    func `a guest that is listed twice counts once, and as inaccessible where the two differ`(
        _ dialect: DialectName
    ) async throws {
        let twice = Self.guest("a", dialect)
        let other = twice.replacing("running", with: "shutdown")
        let (same, _) = try Self.client([twice, twice, Self.guest("b", dialect)], dialect)
        #expect(try await same.guests().map(\.status) == [.running, .running])
        let (different, told) = try Self.client([twice, other, Self.guest("b", dialect)], dialect)
        #expect(try await different.guests().map(\.status) == [.inaccessible, .running])
        #expect(told.all.count == 1)
    }

    @Test func `guests of whom all can be read are not told of`() async throws {
        let (client, told) = try Self.client([Self.guest("a", .public)], .public)
        _ = try await client.guests()
        #expect(told.all.isEmpty)
    }

    @Test func `what the NAS made up keeps to a line in a notice`() async throws {
        let odd =
            #"{"guest_id": "a\n\u001b[2J", "guest_name": "b\r\u2028", "status": 1, "vcpu_num": 1, "vram_size": 1}"#
        let (client, told) = try Self.client([odd], .public)
        _ = try await client.guests()
        let notice = try #require(told.all.first)
        #expect(notice.contains("a\u{FFFD}\u{FFFD}[2J") && !notice.unicodeScalars.contains { $0.value < 0x20 })
    }
}

/// Keeps what a client gave notice of.
final class Told: Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock(\.self) }

    @Sendable func note(_ line: String) { lines.withLock { $0.append(line) } }
}
