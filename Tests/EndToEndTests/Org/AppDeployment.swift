/// The files of a deployment by an independent client.
enum AppDeployment {
    private static let namespace = "xmlns=\"http://soap.sforce.com/2006/04/metadata\""

    /// An External Client App `Deployed`, pre-authorized for users with the administrators' profile.
    ///
    /// - Parameter certificate: In PEM; the file contains its body.
    static func externalClientApp(key: String, certificate: String) -> [String: String] {
        let body = certificate.split(separator: "\n").filter { !$0.hasPrefix("-----") }.joined()
        let app = "<externalClientApplication>Deployed</externalClientApplication>"
        return files([
            (
                "externalClientApps/Deployed.eca", "ExternalClientApplication",
                "<contactEmail>a@b.example</contactEmail><label>Deployed</label>"
            ),
            (
                "extlClntAppGlobalOauthSets/Deployed_glbloauth.ecaGlblOauth", "ExtlClntAppGlobalOauthSettings",
                """
                <callbackUrl>https://localhost/</callbackUrl><certificate>\(body)</certificate>\
                <consumerKey>\(key)</consumerKey>\(app)
                """
            ),
            (
                "extlClntAppOauthSettings/Deployed_oauth.ecaOauth", "ExtlClntAppOauthSettings",
                "<commaSeparatedOauthScopes>Api, RefreshToken</commaSeparatedOauthScopes>\(app)"
            ),
            (
                "extlClntAppOauthPolicies/Deployed_oauthPlcy.ecaOauthPlcy", "ExtlClntAppOauthConfigurablePolicies",
                """
                <commaSeparatedProfile>System Administrator</commaSeparatedProfile>\(app)\
                <permittedUsersPolicyType>AdminApprovedPreAuthorized</permittedUsersPolicyType>
                """
            ),
        ])
    }

    /// An existing Connected App, with a consumer key in its file.
    static func connectedAppWithKey(_ name: String) -> [String: String] {
        files([
            (
                "connectedApps/\(name).connectedApp", "ConnectedApp",
                """
                <contactEmail>a@b.example</contactEmail><label>\(name)</label><oauthConfig>\
                <callbackUrl>https://localhost/</callbackUrl><consumerKey>AnotherKey1</consumerKey></oauthConfig>
                """
            )
        ])
    }

    private static func files(_ files: [(path: String, type: String, content: String)]) -> [String: String] {
        var all: [String: String] = [:]
        for file in files { all[file.path] = "<\(file.type) \(namespace)>\(file.content)</\(file.type)>" }
        let types = files.map { "<types><members>*</members><name>\($0.type)</name></types>" }.joined()
        all["package.xml"] = "<Package \(namespace)>\(types)<version>67.0</version></Package>"
        return all
    }
}
