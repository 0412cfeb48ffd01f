internal import ConnectedApp

/// Where to find each part of the app in Salesforce Setup. The two kinds of app have different pages. The property
/// names are tags of `connection.mustache`.
///
/// The labels are those of "Manage Connected Apps", "Create a Local External Client App" and "Configure the External
/// Client App OAuth Settings" (Salesforce Help).
struct ComponentPlaces {
    let certificate: String
    let consumerKey: String
    let scopes: String
    let permittedUsers: String

    init(_ kind: AppKind) {
        switch kind {
        case .connectedApp:
            let edit = "Setup > App Manager > the app's row menu > Edit > API (Enable OAuth Settings)"
            certificate = "\(edit) > Use digital signatures"
            consumerKey = "Setup > App Manager > the app's row menu > View > API > Manage Consumer Details"
            scopes = "\(edit) > Selected OAuth Scopes"
            permittedUsers =
                "Setup > Connected Apps > Manage Connected Apps > the app > Edit Policies > OAuth Policies"
        case .externalClientApp:
            let settings = "Setup > External Client App Manager > the app > Settings > OAuth Settings"
            let edit = "Setup > External Client App Manager > the app's row menu > Edit Settings > OAuth Settings"
            certificate = "\(edit) > Enable JWT Bearer Flow"
            consumerKey = "\(settings) > Consumer Key and Secret"
            scopes = "\(edit) > Selected OAuth Scopes"
            permittedUsers = "Setup > External Client App Manager > the app > Policies > OAuth Policies"
        }
    }
}
