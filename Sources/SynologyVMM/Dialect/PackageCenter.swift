import VirtualMachines

/// The part of DSM that knows what is installed.
enum PackageCenter {
    static let api = "SYNO.Core.Package"

    /// Asks for the version of Virtual Machine Manager; nil where the list of packages doesn't have it.
    ///
    /// Synology doesn't document the API; `core_package.py` of PyPI's `synology-api` 0.9.4 shows call and answer.
    static let installedVersion = WebAPICall(api: api, method: "list", version: 2) {
        (answer) throws(VMMError) -> String? in
        guard let package = try answer.objects("packages").first(where: { $0["id"] == "Virtualization" }) else {
            return nil
        }
        return try answer.entering(.object(package), "packages").string("version").asPartOfMessage
    }
}
