internal import ConnectedApp
internal import ConnectedAppHTTP

/// Proxy and certificate authorities, as the environment has them.
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

    /// What keeps every org from being reached.
    var errors: [ConnectedAppError] {
        var errors: [ConnectedAppError] = []
        if case .failure(let error) = proxy { errors.append(error) }
        do throws(ConnectedAppError) {
            _ = try authorities.givenFile()
            _ = try authorities.givenFolders()
        } catch { errors.append(error) }
        return errors
    }

    /// Said of folders whose certificates are not found, because none has the name that it is looked up by.
    var lackOfHashes: String? {
        // Folders that do not exist are among the errors.
        guard let folders = (try? authorities.givenFolders())?.joined(separator: ":"), !authorities.foldersHaveHashes
        else { return nil }
        return
            "\(SystemAuthorities.foldersVariable): No certificate in \(folders) has its hash for a name, so none is found. Run "
            + "`openssl rehash` on the folder."
    }

    /// For `aprity config`. A proxy's username and password are not in it.
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
        // Commands that use the network report the reason.
        case .failure: SettingValue(name: "httpsProxy", value: "malformed", source: proxyVariable ?? "default")
        }
    }

    private func setting(_ name: String, _ value: String?, _ variable: String) -> SettingValue {
        SettingValue(name: name, value: value ?? "the system's", source: value == nil ? "default" : variable)
    }

    /// Which proxy a host gets; the source says why.
    ///
    /// - Throws: ``ConnectedAppError``: `.loginHostMalformed`, `.clearTextRefused`, or the proxy setting is wrong.
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

    /// Entries of `NO_PROXY` that except no host.
    var ignoredExceptions: (source: String, entries: [String]) { (exceptions.source, exceptions.ignored) }
}
