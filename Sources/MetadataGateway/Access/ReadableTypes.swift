internal import MetadataAPI

/// The metadata types that a client may read.
package struct ReadableTypes: Equatable, Sendable {
    /// Types that contain secrets, or what leads to them. Nobody reads them through the gateway unless the handle names them.
    ///
    /// Named and external credentials have user names and header values, `AuthProvider` and the settings of External Client Apps have
    /// Consumer Secrets, and rows of custom metadata types often have keys of other systems.
    package static let withSecrets: Set<String> = [
        "AuthProvider", "Certificate", "CustomMetadata", "ExternalCredential", "ExternalDataSource",
        "ExtlClntAppGlobalOauthSettings", "NamedCredential", "SamlSsoConfig",
    ]

    /// Types whose files can have Consumer Secrets, which are blanked.
    static let withConsumerSecrets: Set<String> = ["AuthProvider", "ConnectedApp", "ExtlClntAppGlobalOauthSettings"]

    /// `nil` for all types except ``withSecrets``.
    private let named: Set<String>?

    /// - Parameter named: `nil` for all types except ``withSecrets``.
    package init(named: Set<String>? = nil) { self.named = named }

    func check(_ type: String) throws(Refusal) {
        guard PackageManifest.isTypeName(type) else {
            throw Refusal(.notAllowed, "\(Refusal.shown(type)) is not the name of a metadata type.")
        }
        guard named?.contains(type) ?? !Self.withSecrets.contains(type) else {
            throw Refusal(.notAllowed, "Clients may not read the metadata type \(Refusal.shown(type)).")
        }
    }
}
