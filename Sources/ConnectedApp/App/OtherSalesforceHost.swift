internal import Foundation

/// A Salesforce host that is not a login host: what it serves, and the org's login host if the name determines it.
///
/// Only the end of the name decides: `acme.lightning.force.com.evil.example` is not a Salesforce host. aprity sends
/// nothing to any of these hosts. Sources: "My Domain URL Formats" (Salesforce Help) and "DomainType Enum" (Apex
/// Reference Guide); for `crmforce.mil` forcedotcom/sfdx-core `src/util/sfdcUrl.ts`.
struct OtherSalesforceHost: Sendable, Equatable {
    enum Kind: Sendable, Equatable, CaseIterable {
        case lightning
        case setup
        case visualforce
        /// Static resources in a frame: `lightning:container`.
        case containerComponent
        case content
        case experienceCloud
        case experienceBuilder
        case salesforceSites
        /// `na139.salesforce.com`. Many orgs share an instance, and an org may move to a different instance.
        case instance
        /// Under `my.salesforce.com`, but not in a form that ``LoginHost`` knows; older sandboxes have such hosts.
        case unknownMyDomain
    }

    let kind: Kind
    /// The My Domain of the org that the host belongs to; `nil` if the name does not determine it.
    let loginHost: LoginHost?

    /// Check first that ``LoginHost`` rejects the host: a My Domain would get the kind ``Kind/unknownMyDomain``.
    ///
    /// - Parameter host: Lower case, no port, no trailing dot.
    /// - Returns: `nil` if the host is not Salesforce's, or serves no org.
    init?(_ host: String) {
        guard let (ending, name) = Self.match(host) else { return nil }
        kind = ending.kind
        loginHost = ending.naming.myDomainName(in: name).flatMap {
            try? LoginHost("https://\($0).my.\(host.hasSuffix(".mil") ? "salesforce.mil" : "salesforce.com")")
        }
    }

    /// - Returns: The ending of the host, and the name before it.
    private static func match(_ host: String) -> (Ending, name: String)? {
        for ending in endings where host.hasSuffix("." + ending.text) {
            return (ending, String(host.dropLast(ending.text.count + 1)))
        }
        // Without enhanced domains, a site's host was NAME.force.com or NAME.INSTANCE.force.com.
        if let site = labels(host, before: ["force", "com"]), isSite(site), !reserved.contains(site[0]) {
            return (Ending("force.com", .experienceCloud), site[0])
        }
        if let instance = labels(host, before: ["salesforce", "com"]), isInstance(instance) {
            return (Ending("salesforce.com", .instance), instance[0])
        }
        return nil
    }

    private static let endings: [Ending] = [
        Ending("lightning.force.com", .lightning, .asMyDomain),
        Ending("lightning.crmforce.mil", .lightning, .asMyDomain),
        Ending("lightning.force.mil", .lightning, .asMyDomain),
        Ending("my.salesforce-setup.com", .setup, .asMyDomain),
        Ending("my.salesforce-setup.mil", .setup, .asMyDomain),
        Ending("file.force.com", .content, .asMyDomain),
        Ending("vf.force.com", .visualforce, .withPackage),
        Ending("container.force.com", .containerComponent, .withPackage),
        // The names before these endings contain a package, a site or an instance, by rules that have changed over the
        // years.
        Ending("vf.force.mil", .visualforce),
        Ending("visual.force.com", .visualforce), Ending("visualforce.com", .visualforce),
        Ending("visualforce.mil", .visualforce),
        Ending("container.lightning.com", .containerComponent),
        Ending("content.force.com", .content), Ending("documentforce.com", .content),
        Ending("my.site.com", .experienceCloud), Ending("experience.crmforce.mil", .experienceCloud),
        Ending("salesforce-experience.com", .experienceBuilder), Ending("siteforce.com", .experienceBuilder),
        Ending("my.salesforce-sites.com", .salesforceSites), Ending("secure.force.com", .salesforceSites),
        Ending("my.salesforce.com", .unknownMyDomain), Ending("my.salesforce.mil", .unknownMyDomain),
    ]

    /// First labels of the endings above, and of Salesforce's own pages such as `developer.force.com`. They are not
    /// names of sites.
    private static let reserved: Set<String> = [
        "lightning", "vf", "visual", "container", "content", "file", "secure", "my", "www", "developer",
    ]

    private static func labels(_ host: String, before ending: [String]) -> [String]? {
        let labels = host.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard labels.count > ending.count, labels.suffix(ending.count) == ending[...] else { return nil }
        return labels.dropLast(ending.count)
    }

    /// The labels before `force.com`: `acme`, or `acme.cs77` with an instance.
    private static func isSite(_ labels: [String]) -> Bool {
        labels.count == 1 || labels.count == 2 && isInstanceName(labels[1])
    }

    /// `na139`, or on Hyperforce `usa2s.sfdc-abc123`.
    private static func isInstance(_ labels: [String]) -> Bool {
        isInstanceName(labels[0]) && (labels.count == 1 || labels.count == 2 && labels[1].hasPrefix("sfdc-"))
    }

    /// `na139`, `cs7`, `usa2s`.
    fileprivate static func isInstanceName(_ label: String) -> Bool {
        label.wholeMatch(of: #/[a-z]{2,3}[0-9]{1,3}s?/#) != nil
    }

    private struct Ending {
        let text: String
        let kind: Kind
        let naming: Naming

        init(_ text: String, _ kind: Kind, _ naming: Naming = .undetermined) {
            (self.text, self.kind, self.naming) = (text, kind, naming)
        }
    }

    /// How the name before the ending relates to the org's My Domain.
    private enum Naming {
        /// The same as before `.my.salesforce.com`: `acme`, `acme--dev.sandbox`.
        case asMyDomain
        /// The same, followed by a package's namespace: `acme--c`, `acme--dev--c.sandbox`.
        case withPackage
        case undetermined

        /// - Returns: The name to put before `.my.salesforce.com`; `nil` if this name does not determine it.
        ///   ``LoginHost`` decides whether the result is a login host.
        func myDomainName(in name: String) -> String? {
            var labels = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
            guard let first = labels.first, !first.hasPrefix("xn--") else { return nil }
            switch self {
            case .asMyDomain: break
            case .withPackage:
                let parts = first.components(separatedBy: "--")
                let partsOfMyDomain = labels.last == "sandbox" ? 2 : 1
                guard parts.count == partsOfMyDomain + 1, parts.allSatisfy(HostText.isLabel) else { return nil }
                labels[0] = parts.dropLast().joined(separator: "--")
            case .undetermined: return nil
            }
            return OtherSalesforceHost.isInstanceName(labels[0]) ? nil : labels.joined(separator: ".")
        }
    }
}

// MARK: Messages

extension OtherSalesforceHost {
    /// Sentences that say what the host is.
    var detail: String {
        switch kind {
        case .lightning: Self.serving("Lightning Experience")
        case .setup: Self.serving("Setup pages")
        case .visualforce: Self.serving("Visualforce pages")
        case .containerComponent: Self.serving("Lightning container components")
        case .content: Self.serving("files and other content")
        case .experienceCloud: Self.serving("Experience Cloud sites")
        case .experienceBuilder: Self.serving("Experience Builder and previews of sites")
        case .salesforceSites: Self.serving("Salesforce Sites")
        case .instance:
            "This host is a Salesforce instance, which many orgs share, and an org may move to another instance. "
                + "aprity sends nothing to this host."
        case .unknownMyDomain:
            "This host ends like a My Domain, but it has none of the known forms, such as NAME.my.salesforce.com, "
                + "NAME--SANDBOX.sandbox.my.salesforce.com or NAME.develop.my.salesforce.com. "
                + "aprity sends nothing to this host."
        }
    }

    private static func serving(_ what: String) -> String {
        "This host serves \(what). It is not a login host, so aprity sends nothing to it."
    }

    /// Sentences that say which host to use instead.
    func remedy(onPage: Bool = false) -> String {
        if let loginHost {
            "Use the org's My Domain as login host. Judging by this name, it is \(loginHost); check it in "
                + "\(MyDomain.place)."
        } else {
            "Use the org's My Domain as login host. It is shown in \(MyDomain.place)."
                + (kind == .unknownMyDomain
                    ? " If exactly this host is shown there, "
                        + (onPage
                            ? "enter it in the field Allowed hosts too, and fill in the field Audience."
                            : "allow it with --allow-host and set --audience.")
                    : "")
        }
    }
}
