"""The Docker official images, by name.

Recorded November 2026 by hand from what the project has published over the years: an official image
newer than that is not in it, so its absence alone proves nothing. `docker.io/library/*` is theirs
whatever the list says.
"""

from __future__ import annotations

from functools import lru_cache

RECORDED = "2026-11"

_CURRENT = """
    adminer aerospike almalinux alpine alt amazoncorretto amazonlinux api-firewall arangodb archlinux
    backdrop bash bonita buildpack-deps busybox caddy cassandra chronograf cirros clefos clickhouse
    clojure composer convertigo couchbase couchdb crate dart debian docker drupal eclipse-mosquitto
    eclipse-temurin eggdrop elasticsearch elixir emqx erlang fedora flink fluentd friendica gazebo gcc
    geonetwork ghost golang gradle groovy haproxy haskell haxe hello-world hitch hola-mundo httpd hylang
    ibm-semeru-runtimes ibmjava influxdb irssi jetty joomla jruby julia kapacitor kibana kong krakend
    lightstreamer liquibase logstash mageia mariadb matomo maven mediawiki memcached mongo mongo-express
    monica mysql nats neo4j neurodebian nextcloud nginx node odoo open-liberty oraclelinux orientdb
    percona perl photon php phpmyadmin plone postfixadmin postgres pypy python r-base rabbitmq
    rakudo-star redis redmine registry rethinkdb rocket.chat rockylinux ros ruby rust sapmachine satosa
    scratch silverpeas solr sonarqube spark spiped storm swift swipl teamspeak telegraf tomcat tomee
    traefik ubuntu varnish websphere-liberty wordpress xwiki yourls znc zookeeper
"""

_DEPRECATED = """
    adoptopenjdk celery centos clearlinux clefos consul crux django docker-dev euleros express-gateway
    fsharp glassfish hipache iojs java jenkins jobber kaazing-gateway known mono nats-streaming notary
    nuxeo openjdk opensuse owncloud php-zendserver piwik rails rapidoid sentry sl sourcemage swarm
    thrift ubuntu-debootstrap ubuntu-upstart unit vault
"""


@lru_cache(maxsize=1)
def _names() -> tuple[frozenset[str], frozenset[str]]:
    return frozenset(_CURRENT.split()), frozenset(_DEPRECATED.split())


def is_listed(name: str) -> bool:
    """`name` (`python`, without host and `library/`) is an official image, deprecated or not."""
    current, deprecated = _names()
    return name in current or name in deprecated


def is_deprecated(name: str) -> bool:
    return name in _names()[1]
