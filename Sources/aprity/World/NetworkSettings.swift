internal import ConnectedApp
internal import ConnectedAppHTTP

/// The proxy and the certificate authorities from the environment.
struct NetworkSettings {
    private let proxy: Result<ProxySettings, ConnectedAppError>
    private let exceptions: ProxyExceptions
    /// The variable that names the proxy; `nil` if none does.
    private let proxyVariable: String?
    private let authorities: SystemAuthorities

    init(environment: [String: String]) {
        proxy = ProxySettings.read(environment)
        exceptions = ProxyExceptions(environment: environment)
        proxyVariable = ProxySettings.variable(environment)?.name
        authorities = SystemAuthorities(environment: environment)
    }

    /// The errors that prevent aprity from reaching any org.
    var errors: [ConnectedAppError] {
        var errors: [ConnectedAppError] = []
        if case .failure(let error) = proxy { errors.append(error) }
        do throws(ConnectedAppError) {
            _ = try authorities.givenFile()
            _ = try authorities.givenFolders()
        } catch { errors.append(error) }
        return errors
    }

    /// A warning if no certificate in the given folders has its hash as its name, because then none is found; `nil`
    /// otherwise.
    var missingHashesWarning: String? {
        // Missing folders are reported as errors.
        guard let folders = (try? authorities.givenFolders())?.joined(separator: ":"), !authorities.foldersHaveHashes
        else { return nil }
        return
            "\(SystemAuthorities.foldersVariable): No file in \(folders) has the hash of its certificate as its name, "
            + "so none is found. Run `openssl rehash` on the folder."
    }

    /// The rows in `aprity config`, without the proxy's username and password.
    var all: [SettingValue] {
        [
            proxySetting,
            SettingValue(
                name: "noProxy", value: exceptions.entries.joined(separator: ","),
                source: exceptions.entries.isEmpty ? "default" : exceptions.source
            ).shown,
            setting("sslCertFile", authorities.file, SystemAuthorities.fileVariable),
            setting("sslCertDir", authorities.folders, SystemAuthorities.foldersVariable),
        ]
    }

    private var proxySetting: SettingValue {
        switch proxy {
        case .success(let settings):
            SettingValue(
                name: "httpsProxy", value: settings.server?.description ?? "none",
                source: settings.source ?? "default")
        // `errors` has the reason.
        case .failure: SettingValue(name: "httpsProxy", value: "malformed", source: proxyVariable ?? "default")
        }
    }

    private func setting(_ name: String, _ value: String?, _ variable: String) -> SettingValue {
        SettingValue(name: name, value: value ?? "the system's", source: value == nil ? "default" : variable)
    }

    /// Returns the proxy for a host as a row in `aprity config`; the source says why it is used.
    ///
    /// - Parameter text: A host or a URL.
    /// - Throws: ``ConnectedAppError`` with `.loginHostMalformed` or `.clearTextRefused`; the error of a malformed
    ///   proxy setting.
    func route(to text: String) throws -> SettingValue {
        let host = try LoginHost(anyHost: text)
        let (value, source) =
            switch try proxy.get().route(to: host) {
            case .proxy(let server, let variable): (server.description, variable)
            case .direct(.noProxy): ("none", "default")
            case .direct(.thisMachine): ("none", "this machine")
            case .direct(.exception(let entry, let variable)): ("none", "\(variable): \(entry)")
            }
        return SettingValue(name: "proxyFor \(host.authority)", value: value, source: source)
    }

    /// The entries of `NO_PROXY` that are invalid and therefore ignored, and the variable's name.
    var ignoredExceptions: (source: String, entries: [String]) { (exceptions.source, exceptions.ignored) }
}
