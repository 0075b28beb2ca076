<?php

// Runs SimpleSAMLphp under PHP's own server: finds the script in the path, and what follows it is PATH_INFO.
$root = '/usr/share/simplesamlphp';
$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
if (preg_match('~^(/(?:(?!\.php)[\w./-])*\.php)(/.*)?$~', $path, $found) !== 1 || !is_file("$root/www$found[1]")) {
    return false;
}
$_SERVER['SCRIPT_NAME'] = $_SERVER['PHP_SELF'] = $found[1];
$_SERVER['SCRIPT_FILENAME'] = "$root/www$found[1]";
$_SERVER['PATH_INFO'] = $found[2] ?? '';

// Version 1.19 encrypts for a public key with AES-128-CBC and has no setting for it; version 2 has. Its library can do GCM.
if (in_array($length = getenv('INTEROP_GCM'), ['128', '256'], true)) {
    require_once "$root/lib/_autoload.php";
    $class = file_get_contents("$root/vendor/simplesamlphp/saml2/src/SAML2/EncryptedAssertion.php");
    $changed = str_replace('new XMLSecurityKey(XMLSecurityKey::AES128_CBC)', "new XMLSecurityKey(XMLSecurityKey::AES{$length}_GCM)", $class, $count);
    if ($count !== 1) {
        throw new Exception('EncryptedAssertion.php chooses its cipher in another way');
    }
    eval(substr($changed, strlen('<?php')));
}

chdir(dirname($_SERVER['SCRIPT_FILENAME']));
require $_SERVER['SCRIPT_FILENAME'];
