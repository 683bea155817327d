import { describe, expect, it } from 'vitest';
import { checkedUrl, hostWords, isPublic, mayReach, parseHosts } from '#lib/adapters/webhooks/webhook-hosts';

const hosts = parseHosts(
  'hooks.example.org, ci.example.org:8443, 10.0.0.5:8080, [fd00::5], localhost:9000',
).hosts;
const reads = (url: string): string | null => {
  try {
    return checkedUrl(url, hosts).href;
  } catch (error) {
    expect(error).toMatchObject({ code: 'webhook.refused' });
    return null;
  }
};

/** The same few addresses that must not be reached, as an address bar understands them. */
const FORMS = [
  'http://127.0.0.1/',
  'http://127.1/',
  'http://2130706433/',
  'http://0x7f000001/',
  'http://0x7f.1/',
  'http://0177.0.0.1/',
  'http://017700000001/',
  'http://127.0.0.1./',
  'http://0.0.0.0/',
  'http://0/',
  'http://[::]/',
  'http://[::1]/',
  'http://[0:0:0:0:0:0:0:1]/',
  'http://[::ffff:127.0.0.1]/',
  'http://[::ffff:7f00:1]/',
  'http://[::127.0.0.1]/',
  'http://[64:ff9b::7f00:1]/',
  'http://[64:ff9b:1::7f00:1]/',
  'http://[2002:7f00:1::]/',
  'http://[2001:0:7f00:1::]/',
  'http://169.254.169.254/latest/meta-data/',
  'http://[::ffff:a9fe:a9fe]/',
  'http://[fd00:ec2::254]/',
  'http://[fe80::1]/',
  'http://[fc00::1]/',
  'http://10.1.2.3/',
  'http://172.31.0.1/',
  'http://192.168.1.1/',
  'http://100.64.0.1/',
  'http://198.18.0.1/',
  'http://224.0.0.1/',
  'http://255.255.255.255/',
  'http://①②⑦.⓪.⓪.①/',
];

describe('the addresses of webhooks', () => {
  it('has 33 forms of addresses that are not public, and takes none', () => {
    expect(new Set(FORMS).size).toBe(33);
    for (const form of FORMS) {
      const url = URL.parse(form);
      expect(url, form).not.toBeNull();
      const address = (url?.hostname ?? '').replace(/^\[|\]$/g, '');
      expect(isPublic(address), form).toBe(false);
      expect(mayReach('hooks.example.org', address), form).toBe(false);
      expect(reads(form), form).toBeNull();
    }
  });

  it('knows a public address', () => {
    for (const address of ['93.184.215.14', '8.8.8.8', '2606:2800:21f:cb07::1', '2a00:1450:4001::1'])
      expect(isPublic(address), address).toBe(true);
    for (const odd of ['', 'example.org', '1.2.3', '2606:2800::1%eth0']) expect(isPublic(odd)).toBe(false);
  });

  it('takes https to a listed host and port, and no other', () => {
    expect(reads('https://hooks.example.org/T0/B1/x')).toBe('https://hooks.example.org/T0/B1/x');
    expect(reads('https://HOOKS.example.org:443/a#b')).toBe('https://hooks.example.org/a');
    expect(reads('https://ci.example.org:8443/')).toBe('https://ci.example.org:8443/');
    for (const url of [
      'https://hooks.example.org:8443/',
      'https://ci.example.org/',
      'https://hooks.example.org.evil.example/',
      'https://evil.example/?hooks.example.org',
      'https://hooks.example.org@evil.example/',
      'https://user:pass@hooks.example.org/',
      'https://hooks.example.org./',
      'https://xhooks.example.org/',
      'https://a.hooks.example.org/',
      'http://hooks.example.org/',
      'ftp://hooks.example.org/',
      'file:///etc/passwd',
      'javascript:alert(1)',
      '//hooks.example.org/',
      'https://hooks.example.org\\@evil.example/'.replace('hooks', 'evil'),
      '',
    ])
      expect(reads(url), url).toBeNull();
  });

  it('lets http through only to what is listed as a number, or localhost', () => {
    expect(reads('http://10.0.0.5:8080/a')).toBe('http://10.0.0.5:8080/a');
    expect(reads('http://0x0a000005:8080/a')).toBe('http://10.0.0.5:8080/a');
    expect(reads('http://[fd00::5]/')).toBe('http://[fd00::5]/');
    expect(reads('http://localhost:9000/')).toBe('http://localhost:9000/');
    expect(reads('http://127.0.0.1:9000/')).toBeNull();
    expect(reads('http://localhost:9001/')).toBeNull();
  });

  it('reaches a private address only where that very one is listed', () => {
    expect(mayReach('10.0.0.5', '10.0.0.5')).toBe(true);
    expect(mayReach('10.0.0.5', '10.0.0.6')).toBe(false);
    expect(mayReach('[fd00::5]', 'fd00::5')).toBe(true);
    expect(mayReach('localhost', '127.0.0.1')).toBe(true);
    expect(mayReach('localhost', '::1')).toBe(true);
    expect(mayReach('localhost', '10.0.0.5')).toBe(false);
    expect(mayReach('hooks.example.org', '93.184.215.14')).toBe(true);
  });

  it('reads the setting, and says which entries are none', () => {
    expect(hosts.map(hostWords)).toEqual([
      'hooks.example.org',
      'ci.example.org:8443',
      '10.0.0.5:8080',
      '[fd00::5]',
      'localhost:9000',
    ]);
    const { wrong } = parseHosts('https://a.example, a.example:0, a.example:70000, *.example.org, a/b,,u@h');
    expect(wrong).toEqual([
      'https://a.example',
      'a.example:0',
      'a.example:70000',
      '*.example.org',
      'a/b',
      'u@h',
    ]);
    expect(parseHosts('')).toEqual({ hosts: [], wrong: [] });
  });
});
