import Testing
import VirtualMachines

@Suite struct IPAddressTests {
    @Test(arguments: [
        ("10.0.0.7", "10.0.0.7"), ("::ffff:10.0.0.7", "10.0.0.7"), ("FD00::0:1", "fd00::1"), ("::", "::"),
        ("::1", "::1"),
        ("1:0:0:2:0:0:0:3", "1:0:0:2::3"), ("1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"), ("fe80::1%eth0", "fe80::1%eth0"),
    ])
    func `an address is written in one way`(_ text: String, _ expected: String) throws {
        let address = try #require(IPAddress(text))
        #expect(address.description == expected)
        #expect(IPAddress(expected) == address)
    }

    @Test(arguments: [
        "", "web-1", "10.0.0", "010.0.0.1", "10.0.0.256", "[::1]", ":::", "1::2::3", "fe80::1%", "::1%a b",
    ])
    func `what is no address is none`(_ text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test func `who asks for no address in particular is connected to the machine itself`() {
        #expect(IPAddress("0.0.0.0")?.destination == IPAddress("127.0.0.1"))
        #expect(IPAddress("::")?.destination == IPAddress("::1"))
        #expect(IPAddress("::ffff:0.0.0.0")?.destination == IPAddress("127.0.0.1"))
        #expect(IPAddress("10.0.0.7")?.destination == IPAddress("10.0.0.7"))
    }
}
