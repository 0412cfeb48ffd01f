/// What an org gives away of an app's secrets when the app's metadata is read.
struct AppDisclosure: Sendable {
    /// Stands in for a secret when the org is told to leak: a product under test must not store or show it.
    static let canary = "CANARYCONSUMERSECRET0123456789ABCDEF"

    private static let typesWithSecret: Set<String> = [
        "AuthProvider", "ConnectedApp", "ExtlClntAppGlobalOauthSettings",
    ]

    /// A `consumerSecret` with the canary is put into every app. Otherwise no file has one.
    var emitsCanary = false
    /// The certificate of an external client app is given back. Reports differ on what a real org does. That of a
    /// connected app always comes back.
    var showsExternalClientAppCertificate = false

    init(_ settings: MetadataServiceSettings) {
        emitsCanary = settings.emitConsumerSecretCanary
        showsExternalClientAppCertificate = settings.showExternalClientAppCertificate
    }

    /// The file without what is not given away. A file that holds nothing of the kind stays as it is; rewriting drops
    /// comments, where a secret might stand too.
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

    /// Elements are in alphabetical order.
    private static func insertCanary(into tree: inout XMLTree) {
        let index = tree.children.firstIndex { $0.localName > "consumerSecret" } ?? tree.children.endIndex
        tree.children.insert(XMLTree("consumerSecret", text: canary), at: index)
    }
}
