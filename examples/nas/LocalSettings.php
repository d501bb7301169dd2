<?php
// What the installer offers for download at its end, as far as it differs from MediaWiki's defaults.
$wgSitename = 'Gantry NAS';
$wgServer = 'http://' . $_SERVER['HTTP_HOST'];
$wgScriptPath = '/mediawiki';
$wgDBtype = 'sqlite';
$wgDBname = 'my_wiki';
$wgSQLiteDataDir = '/var/lib/mediawiki/data';
$wgMainCacheType = CACHE_NONE;
$wgCacheDirectory = '/var/cache/nas';
$wgLocalisationCacheConf['store'] = 'array';
$wgUseFileCache = true;
$wgFileCacheDirectory = '/var/cache/nas/pages';
$wgLanguageCode = 'en';
