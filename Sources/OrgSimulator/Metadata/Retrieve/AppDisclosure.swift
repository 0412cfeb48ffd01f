/// Which secrets of an app an org returns when the app's metadata is read.
struct AppDisclosure: Sendable {
    /// The text in place of a secret if the org is configured to return secrets. A program under test must neither
    /// store nor show it. Tests search for it.
    static let canary = "CANARYCONSUMERSECRET0123456789ABCDEF"

    private static let typesWithSecret: Set<String> = [
        "AuthProvider", "ConnectedApp", "ExtlClntAppGlobalOauthSettings",
    ]

    /// Whether every app has a `consumerSecret` with the canary. Otherwise no file has a `consumerSecret`.
    var emitsCanary = false
    /// Whether the certificate of an External Client App is returned. Reports differ on what a real org does. The
    /// certificate of a Connected App is always returned.
    var showsExternalClientAppCertificate = false

    init(_ settings: MetadataServiceSettings) {
        emitsCanary = settings.emitConsumerSecretCanary
        showsExternalClientAppCertificate = settings.showExternalClientAppCertificate
    }

    /// Returns the file as the org returns it. A file without secrets is returned unchanged. In a changed
    /// file, the comments are missing too, because they might contain a secret.
    ///
    /// - Parameter type: The metadata type of the file's component.
    func served(_ bytes: [UInt8], type: String) -> [UInt8] {
        guard Self.typesWithSecret.contains(type), let stored = try? XMLTree.parse(bytes) else { return bytes }
        var tree = Self.withoutSecret(stored)
        if type == "ExtlClntAppGlobalOauthSettings", !showsExternalClientAppCertificate {
            tree.children.removeAll { $0.localName == "certificate" }
        }
        if emitsCanary { Self.addCanary(to: &tree, type) }
        return tree == stored ? bytes : tree.document()
    }

    private static func withoutSecret(_ tree: XMLTree) -> XMLTree {
        var tree = tree
        tree.children = tree.children.filter { $0.localName != "consumerSecret" }.map(withoutSecret)
        return tree
    }

    private static func addCanary(to tree: inout XMLTree, _ type: String) {
        switch type {
        case "ConnectedApp":
            guard let index = tree.children.firstIndex(where: { $0.localName == "oauthConfig" }) else { return }
            insertCanary(into: &tree.children[index])
        case "ExtlClntAppGlobalOauthSettings":
            insertCanary(into: &tree)
        default:
            return
        }
    }

    /// Inserts the canary at its place in alphabetical order.
    private static func insertCanary(into tree: inout XMLTree) {
        let index = tree.children.firstIndex { $0.localName > "consumerSecret" } ?? tree.children.endIndex
        tree.children.insert(XMLTree("consumerSecret", text: canary), at: index)
    }
}
