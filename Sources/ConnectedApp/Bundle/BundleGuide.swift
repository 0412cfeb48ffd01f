internal import Foundation

/// The README of a bundle, and texts that the bundle's files contain.
package enum BundleGuide {
    static let appDescription = "Reads metadata; signs in by JWT Bearer with a key that aprity keeps."
    /// A callback URL is required, but the JWT Bearer flow never uses it.
    static let callbackURL = "https://login.salesforce.com/services/oauth2/callback"
    /// The command that deploys a bundle from its folder. The reader replaces ORG.
    package static let deployLine = "sf project deploy start --manifest manifest/package.xml --target-org ORG"

    /// The command that assigns the permission set for one user. The reader replaces ORG.
    package static func assignLine(to username: String) -> String {
        "sf org assign permset --name \(AppPermissionSet.integration.rawValue) --on-behalf-of \(username) "
            + "--target-org ORG"
    }

    /// The README of a bundle with the whole app.
    static func text(_ plan: AppBundle.Plan) -> String {
        let sets = plan.allowedSets.joined(separator: ", ")
        let wide =
            plan.isWide
            ? """

            > **Reach.** The app in this bundle lists \(sets), not just the permission set for one user.

            """ : ""
        let integration = AppPermissionSet.integration.rawValue
        let purposes = AppPermissionSet.allCases.map { "| `\($0.rawValue)` | \($0.purpose) |" }.joined(separator: "\n")
        let creation =
            plan.kind == .connectedApp
            ? """

            Since Spring '26, an org creates Connected Apps only if Salesforce Support has allowed it. Otherwise the deployment
            fails with "You can't create a connected app"; make an External Client App instead.

            """ : ""
        let encoding =
            plan.kind == .externalClientApp
            ? """

            Which form of certificate an org accepts in an External Client App's file is not confirmed on a real org. If signing in
            fails with `invalid client credentials` after the deployment, make the bundle again with
            `--certificate-encoding pem`, or upload the certificate by hand.

            """ : ""
        return """
            # aprity: \(plan.kind.label)

            Certificate SHA-256: `\(plan.certificate.sha256)`, valid until \(plan.certificate.notAfter.ISO8601Format()).
            \(wide)\(creation)
            ## Deploy

            All components in one deployment:

            ```sh
            \(deployLine)
            ```

            If the org has an app with the API name `\(plan.appName)` already, the deployment replaces its settings and its
            certificate. To create another app, make the bundle again with another `--app-name`.

            Then assign `\(integration)` to exactly one user, `\(plan.username)`:

            ```sh
            \(assignLine(to: plan.username))
            ```

            Copy the Consumer Key from Setup (`aprity app guide \(plan.alias) --task consumer-key`), set it in aprity, and test:

            ```sh
            aprity connection set \(plan.alias) --consumer-key KEY
            aprity test \(plan.alias) --changed --new-app
            ```

            ## The permission sets

            | permission set | what it is for |
            |---|---|
            \(purposes)

            \(AppPermissionSet.reach(plan.alias))
            \(AppPermissionSet.adminInstead)
            This bundle lists: \(sets). To choose others, make the bundle again with `--allow-set`.

            ## Deploy again?

            A deployed file resets what it omits. For a new certificate, patch what the org has instead of deploying this again:

            ```sh
            sf project retrieve start --manifest manifest/package.xml --target-org ORG
            aprity app bundle \(plan.alias) --certificate-only --from . --out patched
            ```
            \(encoding)
            """
    }

    /// The README of a bundle with the patched file alone.
    ///
    /// - Parameters:
    ///   - name: The name of the file's component.
    ///   - type: Its metadata type.
    static func patchText(_ alias: String, _ name: String, _ type: String) -> String {
        let change =
            type == "ConnectedApp"
            ? "and without its Consumer Key, which the deployment of an existing app must not contain" : "in it"
        return """
            # aprity: new certificate for \(name)

            This is the retrieved `\(type)` file with a new certificate \(change). Nothing else was changed.

            ```sh
            \(deployLine)
            aprity test \(alias) --changed
            ```

            """
    }
}
