internal import Foundation

/// Makes Salesforce DX projects that create or change an app in one deployment.
package struct Bundles: ConnectionService {
    let targets: Targets

    /// Makes a project for an admin or a pipeline to deploy. Sends nothing to the org and writes no file; see
    /// ``write(_:to:)``.
    ///
    /// - Throws: ``ConnectedAppError``: `.unknownAlias`, `.usage` if an option is malformed or the contact's address is
    ///   missing, or the cause why the app in the folder cannot be read or patched.
    package func make(for alias: String, _ request: BundleRequest, as principal: Principal) async throws -> BundleView {
        let target = try await targets.preferred(alias)
        guard let certificate = target.certificate else { throw ConnectedAppError(.internalError) }
        let bundle: AppBundle
        var warnings: [String] = []
        if let folder = request.patching {
            let file = try AppFolder(path: folder).certificateFile(
                target.appKind, consumerKey: target.consumerKey?.description)
            let text = try CertificatePatch.text(of: file, with: certificate, encoding: request.encoding)
            bundle = AppBundle(patched: file, text: text, alias: alias)
        } else {
            let plan = try plan(alias, target, certificate, request)
            warnings = Self.warnings(plan, hasApp: target.pinnedOrganizationID != nil)
            bundle = AppBundle(plan)
        }
        try await record(
            .bundleMade, alias, principal,
            facts: ["sha256": certificate.sha256, "patched": String(request.patching != nil)])
        return BundleView(
            connection: alias, files: bundle.files, certificateSHA256: certificate.sha256,
            deployCommand: BundleGuide.deployLine, warnings: warnings)
    }

    /// - Parameter hasApp: Whether a sign-in has succeeded, so the app exists in the org.
    private static func warnings(_ plan: AppBundle.Plan, hasApp: Bool) -> [String] {
        var warnings: [String] = []
        if plan.isWide {
            warnings.append(
                "The app will list \(plan.allowedSets.joined(separator: ", ")). \(AppPermissionSet.reach(plan.alias))"
            )
        }
        if hasApp {
            warnings.append(
                """
                This connection has an app already. Deploying the whole bundle resets every setting that its files omit. \
                For a new certificate, use --certificate-only.
                """)
        }
        return warnings
    }

    private func plan(
        _ alias: String, _ target: Target, _ certificate: AppCertificate, _ request: BundleRequest
    ) throws(ConnectedAppError) -> AppBundle.Plan {
        guard Self.isAPIName(request.appName) else {
            throw ConnectedAppError(
                .usage, subject: request.appName,
                detail: "An API name has at most 80 letters, digits and single underscores, begins with a letter and "
                    + "does not end with an underscore.")
        }
        let sets = request.allowedSets ?? [AppPermissionSet.integration.rawValue]
        for set in sets {
            guard Self.isAPIName(set) else {
                throw ConnectedAppError(
                    .usage, subject: set,
                    detail:
                        "A permission set's API name has at most 80 letters, digits and single underscores, begins with "
                        + "a letter and does not end with an underscore.")
            }
        }
        guard let email = request.contactEmail, email.contains("@"), !email.contains(where: \.isWhitespace) else {
            throw ConnectedAppError(
                .usage, subject: "Contact's e-mail address",
                detail: "It is missing or malformed. Salesforce requires one for every app.",
                remedy: "Give it with --contact-email.",
                remedyOnPage: "Enter it in the field Contact's e-mail address.")
        }
        return AppBundle.Plan(
            alias: alias, kind: target.appKind, appName: request.appName, contactEmail: email, certificate: certificate,
            encoding: request.encoding, allowedSets: sets, username: target.username.description)
    }

    /// Writes a bundle as a folder, which appears complete or not at all.
    ///
    /// - Throws: What ``BundleFolder/write(_:to:suffix:)`` throws.
    package func write(_ bundle: BundleView, to folder: String) throws(ConnectedAppError) {
        try BundleFolder.write(bundle.files, to: folder, suffix: surroundings.randomHex(bytes: 8))
    }

    /// Packs a bundle as an archive for a browser to download.
    package func archive(_ bundle: BundleView) -> BundleArchive {
        BundleArchive(bundle.files, folder: BundleArchive.folder(of: bundle.connection))
    }

    private static func isAPIName(_ text: String) -> Bool {
        guard let first = text.first, first.isASCII, first.isLetter, text.count <= 80 else { return false }
        return text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") } && !text.contains("__")
            && !text.hasSuffix("_")
    }
}
