import VirtualMachines

/// The part of DSM that knows what is installed.
enum PackageCenter {
    static let api = "SYNO.Core.Package"

    /// The version of Virtual Machine Manager; nil where it isn't installed.
    ///
    /// The API isn't documented; its form is that of a DSM 7 answering other clients.
    static let versionOfVMM = WebAPICall(api: api, method: "list", version: 2) { (answer) throws(VMMError) -> String? in
        let package = try answer.objects("packages").first { $0["id"] == "Virtualization" }
        guard case .string(let version)? = package?["version"] else { return nil }
        return version.asPartOfMessage
    }
}
