extension TestKeys {
    /// 3072 bits, PKCS#8, PEM.
    package static let bits3072 = """
        -----BEGIN PRIVATE KEY-----
        MIIG/gIBADANBgkqhkiG9w0BAQEFAASCBugwggbkAgEAAoIBgQDZU/KM+xzmWBIO
        a+MzfCD6f/IUitX/wKpEKQeys4DYzGS2Jn0ncMs2ZE1YUoNkMF1LI4F4yHxCW/nn
        584b6zExsyQR06YFVFGsyH9/RhUI+7AYdEs3KRI/ElPD32xooSdKfmVySu4Cz1Kx
        cphNRofki7K1uRts5lBOozQY5uxYjUhLwhrfS6BdSSesjo8+h3K4w22gLy/ZC2bq
        pR+B9bNHSPtzBDEtZ6pn12yqNblTUvW5ry8f1EIaFKPsERGMO2B8fZdaexlN/1xg
        PTtekP14Ec1d6C/uGTlxNz4e7ieo86vY8O5R4MSIIwiPZ467I2gvffwvYAvKlWMZ
        bg7fI02UVWo6MIr3jQV4yZGtlpcFu9rHkPGIPID5qP1VlwlowBkJGGVBgtmk7wkm
        eu+56YhOVW+HEpEvtmlRLpqg4IG+pps6dNnVfwtaLVgxEQ2ttbFAC9MNUu9TLGn5
        Rd/JrM7OyJMt/KSf42UeEw1nbVHGjr0rKV3M6+Iic9r4KM9s6PcCAwEAAQKCAYAc
        80ACxBVn9oBv7QhG3KNfVeQ6FKUy3LKcbM4f4dCT+2Tzwhx262FunUg+WpOH06Is
        jGNxYweb0WPGHuIdDvoD0bDIMnunBxdFidnjau20v3kIRj7vb1MFFYcUtx0FB76o
        /5MPpBKg9jGLqM/IBNFnwleWjzzWMgytml5Uw4zlXkCsstk141L5Skb03MgRKiWV
        SOyVY450qROscJL0vXWvKnYwg/TxxExLaUOKSFN9LuEZO1Bu5YK+tamBHLmhMWwc
        iJkLz5Pszf3elmZMdOOrlMR738sZmc+jmnoUVihdZT0uxVCYpoKt4n1jnxM9OTM8
        9kr8gOqbFixMQxhx9jF7GMpV1XJtrsxHGE3LpH3OdHG/HIjLw0rJMzah7K5dxoIs
        aoQzkummpBCYu/TqBlt+HvdLKWFUJZ9Zkjm9OcLhemLZ0GKiZCLgE9H/j0w8ncu8
        MTPlRSatLbNdrCCCMsahTDRiodMYEughVaY1SDNILhuJ+9NTY9RpTg+YikIW5TUC
        gcEA+W4uvwt47EVH0JeL/J1+ocwSg6yb5zElMK8ken+BlmLGJtGhpN0REmG6dGRG
        f5OK9TdzZ2Rubci58ZE2X7gGs38sUe3PRsGI4fvkh1tRv06ROxW4f4VUdtGAfIgo
        SB688tyTQXizIgcz00npIwIGEccGrwQQL2cZmoIsXhOAWlfFWmP0VTJAOpzdobd/
        K26nX3PFTZjmy1Z5xhVyipP1fpgX85bDlSWO6EaRKJjnlaRuTF56/N42sDD4Y2Y/
        Xq8zAoHBAN8NT0T1Az6uxp3cfAbLDzKwBCwIV0MEhpecDe2Y8m89f6T7ADNtBZG0
        j5O1uG0CHC5AfsIrfLcoKKCZ000G+iZAqMEEdPBO3MxPzZe0mnn3L3k6H0i59As4
        ksNjeDB2voYGPNzN0f6HEXV74TKQzZ5QCS1FVt9F945lNs+5pNModLNicmweDbdB
        KnsPGagl4gCgfw+glP2lm1YVn+I5ygnSjC6US+3zXGwQTgENbsTha+ciWWfd78u0
        OAbyDutvLQKBwQCxZyBwWKSExzGwtlimLw4l3ZM9e8LWyCl/WtJDHfT5FP+CFI83
        RtQhksieh8NscW/fwLSf0NqJ0r4Nhg56PdTmTYkkLFPEK1pEAHglnVmjCypYL7at
        XBMa/x63c8/Sm6ofwaoqYsJlbWH64RKkB4hxlHC4gddRH68iKXuM3anol4ySIY1i
        Gv97sJ4hqvUT2vvH8/tcmWdtL/AkZpS0408z3tEKOyyYI8JkiewsR7ROxkh8oKYw
        u4uB/RJtAAgKO+kCgcEAhwZumybbHQH+eCe16QLZo2yMSf+Om6JMu9CbWd7Bu/d1
        ovDTUU5JFchBNkDGcS7a0mD2myJqMBIebgJQuItluOxhe97vz11eKkyQ/6oz7Wtm
        kLNPpt3yzywjJCa95lCry0RRabUqzzMCraUdUVf5MUHwHDiieyzGzKuWv675CV6v
        LryE2dBjqzDGv5IHjRPJuWlvIY2rQ9URsM4MaI1lMgcEF1pskJJGu6AvKFHyYTq4
        8EWJ6+edNypU1FeKEpnNAoHAaftOy2e5Jpu7vuuNJXA48z+ZVUFrJEdRDcSDj462
        HUPIIlj1nHP3fEgQEjbnnAUSW1xHK2zUhVoIZh6i5KKRcOV3N4Vtwp1NmO6JJ4kE
        rd95bwRHQhcc7PF86siaU+KxVaXw1xsMCCuC7CGNjMr6CwrOjZYOVQDNOA9sKyn9
        bPacDQddoYCyU/V9JG4bc0zsf0mOOXPUgdMlEdPq32f9f49slzg1AkwDz1uIcpGj
        lBLAcHxUbBCl1+upNHzlMY0+
        -----END PRIVATE KEY-----
        """

    /// 4096 bits, PKCS#8, PEM.
    package static let bits4096 = """
        -----BEGIN PRIVATE KEY-----
        MIIJQwIBADANBgkqhkiG9w0BAQEFAASCCS0wggkpAgEAAoICAQDLhcgELqfxngxy
        sHiV2ievSKfO8UZyRNui/kL8NHeBXn1GzOFnEs+MGXN23FgjvKkhHL4b/n0Qfdd/
        luQBNQ0DtkR0+NIXebOVUSsTyvkmosG3WXrhkXhEILXKObYXJGzXejOJO04/l+TJ
        nzH0e+QMR8RIqM567zjvwkasjqu59+/Qw9+OSdatWAZLb1OamcSnMd4qYarLggYO
        rnC7WtNQOcXbStptrjjM7dZ9t6TyFez9m3e0FXQ6rBZG8HzOc80l2I8jz7giRDgi
        UJKd3c0pUTt/cswajR//5sQyXvcYG5DJzRauTLT6pvQPDPTZ6UEsHSj2aa87yczc
        MCTWZ54fE6eYQhZKcARn8EnteKKxDpJVYfBmXegKzadZdDsm14HOeWjEoZytns4a
        xYrH/BnjDGZ1zznqozuKSbIpNa6WgGwkHKc5ENQMASX87HWYugLS76J09acaBqUg
        4MNZwHjN1pFbHla//xh8tfnLfVaQNWuf3Upt0kHkMbfRy61uTx+mpGcBOu9uJRVQ
        tj7IrekhpDhvR4R3escVoFQs6V3LmYkvcddAgfkoxmMA9QjwBGxHjuJAWgXxlc9T
        9GzoYL4v2LfC1Lzl2pT3AjBY2CmTmNbpTLb5mvNNHLj3vGz1QFoEoH5Uc+4QAnyV
        fOjJ49tVGoXzqoXN2O2JcRF9LzkDYQIDAQABAoICACrbXo2m532lKvjhuVrQ6Ads
        tM2KmCuK3XdatG9YewvWgmnszdA/MU5Os7ZFWxgXa8QJweyyL9LPtRfshdHNQpLU
        CGFbXh5MZekdAQW3ebTNlB5QbORgFiO+gZl2gqYn6PWNCZotz2Hr0eU1LTdO+Wwu
        lqI4TdasVmCCmBBRMM9F6w2amZJkcRzqitTKuh+1nqgYg7CIBYe6Nx1TVXDWhOYB
        bG0ru4haJiLdOIwbplPGEzQqT1AwLlwGjeBdVuLAluQP0MCZRqyMkgeD0QQGR2Qa
        c314hotWyXTBOvJidgTxFRGxqsOEap3Xl1AuCcdza2JnN4+AHMLp0UZSqwctJaoE
        UW7MvXX2GRzql/s58mYUCVeAhWBWF8/wqF+BbG47dyYUwrK2x07/I+ti+p4PTTrj
        3wsmlpQhGhugqxfcMrahNB4R4Dgx4QO0nuIm0gCPm+SKibxxS96zvExfPnfvGnyj
        Pcem4rGg5LiShE4dQIKwmdcSOO+q8sZl2rfZ85Wsa0KAX0xxH5iW79xjaTiSxGcS
        dZu45L4QqR7guisKUc2O7U9IQ8vyxzwApLZyWm3Rn5PU0v+8kQySqQsoJg1tKN1X
        AuECN3xtcb0A6Af8v9IHzcWwpm1Zk13G20vYBNajdBHfMmSHbowJ2ZIlpPNoJ4W+
        JQVqvW7hdDMuxnlgl3sZAoIBAQDylj5LV4ZaKXpQsNRQz6g9sTgsa5Hu5768CFC7
        8VCG4bXeV2CWoZBHv6FZsYA/1Bh1IshWwWsY6xwlqhuuC24N9TpY/kQ9EFjQ8dki
        7B/RUkPuDbh2Fg0AVgAxcL23pP9FDe532uh4CkMw4MeRZng75+gK5VTCt+rKJhn/
        4SNH35N8igvu9cLZPW3VdEMgRGjqzw7P5Sj+1t3UnO3cF4bzOdmluak540bI7jM7
        39DjRGNiT2SpNjg+CCZKD8jHyuPqtI1tHYpGtbDW9a1z3b1aOfNb0+Z/oLkYnbpF
        QZPjiN2HTHqzGkB9gtgAvzM1ISmp0eFyM1/Icaib6g8fcQA1AoIBAQDWxpevmdQ9
        ysVWkYFe/8k1gW6ldh9NW55SAK2y051jArwzSNP+LlOB1aLtzRLVCnSZqJbpSbFA
        RsoKtz+QLaMoQnxRsT82Cetrlwsq5OOgFewvMyBVhsFwxJDpcWY4LYdvGsRaFpYQ
        FAzPU/lnFt+lNpfQBTb3LK36R4hQZ31h4xgbK1hKY3ckZcUB6QJNeFDT9nJUuJTw
        ZGMOq97CPg/hN9Gutli/esC0SnYg81LA2uswF5Bp0Kh+3GANmkgUOodgLL3nT9ca
        jT8p3Xd7yL9s+46LXqLz+7FGTQi0DB7dTzG9v1GBoD31hqV8jNlXFryCAXX6M12a
        csujwJhKJHP9AoIBACdhaoVylPXoC9ozipP/0fEJ5vOXFt6wsk72Dp0kBI2Q8KRC
        jQSG/9QV8MyNuyMhfELvvZQP3CH0cOJQZiPv6RLM/4bY6Bz9nV12FWjM6jFh6HMp
        uQs6cyvdyjQ8eB/q4iHErDS6zchG6jdyFhOtjdEzyYCTUBo4Hx5n5wqZ8s9FJT0v
        b9aAAPyhM0ZWlFsVn+6WZHItYmVUXjiYrShwjVDI0GNN64HhOml9+cU7hT6PqI6a
        Et5BVgoD6qtVOqPsdOlyHA9dn0fxUN7kjR7lHUsbYz1B/gY0AjhTypxZk/d5DXVc
        XgLbPSLi7cvZPife1VOjJbUTT/ZLNTLyYTgacQ0CggEBAKMZ801WS5iVaSEhpJZp
        NvrcDRO4TXMotWVewIoCLA5poFRt5RetRJtfirh+OOPyabPbFKea3/GJEJvsp2et
        UK8dNl2vdepqxA5TiRaM9dO3ckIx2Ec666HglI/DHzZgVO5p7FzhtBoHr+auxcKk
        2zgS6lz96MzycDiVpA4zWUNB+yd+1jC/slXAt0iJE8eTLAabrB1sgya/hX45xRPL
        n7GP+ztrnJ/k73y641SIk/qDBYHjEzdYTuzwHD2YQU6jV/UQZTLJLfgq9aGsXrVx
        MPXpX0m1l5gjNm/Fxms8nR/BqWuIY7RF5WeUVg3sxIxfZs5vn5Fe+qF0tfLoKn57
        il0CggEBAJURjWbQNpJRefqhCBy5vn89eHCdiKLUxlakZKuq3XNVsU3Eynatl9WG
        sJzu5HZu+hZ7AjmmE7XKlA2Q7Y2p2CN14o+BuOqkukvFfQL+8lRDF1X1DG/BQ2Ep
        aeW8MU5RPBhT3U1yRPAO/ZcfSqBKsa7Dqg9d5/W7PYoPCSBFl+dwBhWFp8i014Qs
        BM4bZbmPd/Ji3A26cHo+esJqhJKXcTX68Q3vyF/KJ7LoHt6mhVJ+MsX7dycx2zz/
        9JpXmzGmyTojvJgSl4NUcFUZeI45ZyXBoMx/UfWqP1UVfJhDR3u7vru9nYmhdslV
        IHrG4bywTTBqDTrpBTIAH5EYKgvZQys=
        -----END PRIVATE KEY-----
        """
}
